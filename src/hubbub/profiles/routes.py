from hubbub.accounts import AccountNotFound, find_account_id, read_card
from hubbub.platform.http import Reply, Request, Routes, parse_ids, quote_etag
from hubbub.posts import ask_ahead, open_reader
from hubbub.profiles.avatars import draw_avatar
from hubbub.profiles.pages import ProfilePage, join_pages, load_page, load_pages
from hubbub.profiles.schemas import ProfileList, ProfileQuery, ProfileView
from hubbub.visibility import may_see_account

routes = Routes("Accounts")
SVG = "image/svg+xml"


@routes.get("/v1/accounts", returns=ProfileList, auth="optional", ahead=ask_ahead)
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
    ahead=ask_ahead,
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
    ahead=ask_ahead,
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
    ahead=ask_ahead,
)
async def get_avatar(request: Request, account_id: int) -> Reply:
    """The account's avatar as an SVG: its initial on colours of its own."""
    reader = await open_reader(request)
    await reader.load_people([account_id])
    if not may_see_account(reader.hydrated.facts, account_id):
        raise AccountNotFound(str(account_id))
    etag = str(reader.people[account_id].version)
    headers = {
        "ETag": quote_etag(etag),
        "Cache-Control": "private, max-age=300" if request.viewer_id else "public, max-age=300",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if request.etag_matches(etag):
        return Reply(status=304, headers=headers)
    card = read_card(reader.people[account_id])
    return Reply(draw_avatar(account_id, card.display_name or card.handle), headers=headers, media_type=SVG)


def _answer(request: Request, page: ProfilePage) -> Reply:
    headers = {"ETag": quote_etag(page.etag), **_caching(request)}
    if request.etag_matches(page.etag):
        return Reply(status=304, headers=headers)
    return Reply(page.json, headers=headers)


def _caching(request: Request) -> dict[str, str]:
    """Kept by clients, but asked about each time: a profile may be hidden at any moment."""
    return {"Cache-Control": "private, no-cache" if request.viewer_id else "no-cache"}
