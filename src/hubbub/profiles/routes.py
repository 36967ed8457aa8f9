from hubbub.accounts import AccountNotFound, find_account_id, load_cards
from hubbub.platform.http import Reply, Request, Routes, parse_ids, quote_etag
from hubbub.profiles.avatars import draw_avatar
from hubbub.profiles.pages import ProfilePage, join_pages, load_page, load_pages
from hubbub.profiles.schemas import ProfileList, ProfileQuery, ProfileView
from hubbub.visibility import load_facts, may_see_account

routes = Routes("Accounts")
SVG = "image/svg+xml"


@routes.get("/v1/accounts", returns=ProfileList, auth="optional")
async def list_accounts(request: Request, query: ProfileQuery) -> Reply:
    """Up to 100 accounts by their ids, in the order asked for; missing and hidden ones are left out."""
    pages = await load_pages(request, parse_ids(query.ids))
    return Reply(join_pages(pages), headers=_caching(request))


@routes.get(
    "/v1/accounts/{account_id}",
    returns=ProfileView,
    auth="optional",
    errors=[AccountNotFound],
    is_conditional=True,
)
async def get_account(request: Request, account_id: int) -> Reply:
    """An account's profile.

    The ETag changes with the profile and with how you stand to it; the counts move without it.
    """
    return _answer(request, await load_page(request, account_id))


@routes.get(
    "/v1/accounts/by-handle/{handle}",
    returns=ProfileView,
    auth="optional",
    errors=[AccountNotFound],
    is_conditional=True,
)
async def get_account_by_handle(request: Request, handle: str) -> Reply:
    """The profile of the account that has a handle, in any case of letters."""
    async with request.db.connection() as tx:
        account_id = await find_account_id(tx, handle)
    if account_id is None:
        raise AccountNotFound(handle[:40])
    return _answer(request, await load_page(request, account_id))


@routes.get(
    "/v1/accounts/{account_id}/avatar",
    returns=bytes,
    auth="optional",
    errors=[AccountNotFound],
    media_type=SVG,
    is_conditional=True,
)
async def get_avatar(request: Request, account_id: int) -> Reply:
    """The account's avatar as an SVG: its initial on colours of its own."""
    async with request.db.connection() as tx:
        facts = await load_facts(tx, viewer_id=request.viewer_id, account_ids=[account_id])
    cards = await load_cards(request.services, [account_id], versions=facts.versions())
    if not may_see_account(facts, account_id) or account_id not in cards:
        raise AccountNotFound(str(account_id))
    etag = str(facts.accounts[account_id].version)
    headers = {
        "ETag": quote_etag(etag),
        "Cache-Control": "private, max-age=300" if request.viewer_id else "public, max-age=300",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if request.etag_matches(etag):
        return Reply(status=304, headers=headers)
    card = cards[account_id]
    return Reply(draw_avatar(account_id, card.display_name or card.handle), headers=headers, media_type=SVG)


def _answer(request: Request, page: ProfilePage) -> Reply:
    headers = {"ETag": quote_etag(page.etag), **_caching(request)}
    if request.etag_matches(page.etag):
        return Reply(status=304, headers=headers)
    return Reply(page.json, headers=headers)


def _caching(request: Request) -> dict[str, str]:
    """Kept by clients, but asked about each time: a profile may be hidden at any moment."""
    return {"Cache-Control": "private, no-cache" if request.viewer_id else "no-cache"}
