from collections.abc import Sequence

from hubbub.accounts import AccountNotFound
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import Page, Window
from hubbub.platform.valkey import ValkeyRefused, ValkeyUnavailable
from hubbub.posts.authored import AuthoredIds, ask_two, plain
from hubbub.posts.errors import PostNotFound
from hubbub.posts.pipeline import (
    EVERY_VISIBLE,
    Fetch,
    Rules,
    Scan,
    fill,
    list_posts,
    selecting,
    show_page,
)
from hubbub.posts.queries import lists
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Reader, ask_ahead, open_reader, open_reader_with
from hubbub.posts.schemas import AuthorQuery, PostView
from hubbub.reactions import list_pins
from hubbub.visibility import may_see_account

routes = Routes("Posts")


@routes.get(
    "/v1/posts/{post_id}/quotes",
    returns=Page[PostView],
    auth="optional",
    errors=[PostNotFound],
    ahead=ask_ahead,
)
async def list_quotes(request: Request, post_id: int, query: PageQuery) -> Reply:
    """Posts that quote this one, newest first."""

    async def check(reader: Reader) -> Post:
        return await reader.require_visible(post_id)

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return await lists.select_quotes(
            tx,
            post_id=post_id,
            position=window.position,
            limit=window.limit,
            is_back=window.is_back,
        )

    return await list_posts(request, query, fetch, rules=Rules(hide_muted=True), check=check)


@routes.get(
    "/v1/accounts/{account_id}/posts",
    returns=Page[PostView],
    auth="optional",
    errors=[AccountNotFound],
    ahead=ask_two,
)
async def list_author_posts(request: Request, account_id: int, query: AuthorQuery) -> Reply:
    """What somebody wrote and reposted, newest first; with `pinned=true` only what they pinned."""
    stamp, reader = await _open_for_author(request)
    await reader.load_people([account_id])
    if not may_see_account(reader.hydrated.facts, account_id):
        raise AccountNotFound(f"{account_id} for {request.viewer_id}")
    window = request.window(query.cursor, query.limit)
    if query.pinned:
        scan = selecting(request, _pinned_by(account_id))
    else:
        scan = _written_by(request, account_id, stamp, has_replies=query.replies)
    return await show_page(request, reader, window, await fill(reader, window, scan, EVERY_VISIBLE))


async def _open_for_author(request: Request) -> tuple[str | None, Reader]:
    """The author's stamp, if it is to be had, and the reader."""
    if request.ahead is None or not request.services.changes.is_listening:
        return None, await open_reader(request)
    try:
        stamps: list[str] = await request.ahead
    except (ValkeyUnavailable, ValkeyRefused):
        return None, await open_reader_with(request.services, request.viewer_id, None, is_direct=True)
    viewer_stamp = stamps[0] if request.viewer_id else None
    reader = await open_reader_with(request.services, request.viewer_id, viewer_stamp, is_direct=False)
    return stamps[-1], reader


def _written_by(request: Request, account_id: int, stamp: str | None, *, has_replies: bool) -> Scan:
    select = lists.select_author_posts if has_replies else lists.select_author_top_posts

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return await select(
            tx,
            author_id=account_id,
            position=window.position,
            limit=window.limit,
            is_back=window.is_back,
        )

    async def scan(window: Window) -> Sequence[Candidate]:
        key = (account_id, has_replies, plain(window))
        return await request.services.part(AuthoredIds).load(key, stamp, selecting(request, fetch))

    return scan


def _pinned_by(account_id: int) -> Fetch:
    async def fetch(tx: Tx, window: Window) -> Sequence[Candidate]:
        pins = [Candidate(pin.id, pin.subject_id) for pin in await list_pins(tx, account_id=account_id)]
        if window.is_back:
            return [pin for pin in reversed(pins) if pin.position > window.position][: window.limit]
        return [pin for pin in pins if pin.position < window.position][: window.limit]

    return fetch
