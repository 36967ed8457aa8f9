from collections.abc import Sequence

from hubbub.accounts import AccountNotFound
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import Page, Window
from hubbub.posts.errors import PostNotFound
from hubbub.posts.pipeline import Fetch, Rules, list_posts
from hubbub.posts.queries import lists
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Reader, ask_ahead
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
    ahead=ask_ahead,
)
async def list_author_posts(request: Request, account_id: int, query: AuthorQuery) -> Reply:
    """What somebody wrote and reposted, newest first; with `pinned=true` only what they pinned."""

    async def check(reader: Reader) -> None:
        await reader.load_people([account_id])
        if not may_see_account(reader.hydrated.facts, account_id):
            raise AccountNotFound(f"{account_id} for {request.viewer_id}")

    fetch = _pinned_by(account_id) if query.pinned else _written_by(account_id, has_replies=query.replies)
    return await list_posts(request, query, fetch, check=check)


def _written_by(account_id: int, *, has_replies: bool) -> Fetch:
    select = lists.select_author_posts if has_replies else lists.select_author_top_posts

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return await select(
            tx,
            author_id=account_id,
            position=window.position,
            limit=window.limit,
            is_back=window.is_back,
        )

    return fetch


def _pinned_by(account_id: int) -> Fetch:
    async def fetch(tx: Tx, window: Window) -> Sequence[Candidate]:
        pins = [Candidate(pin.id, pin.subject_id) for pin in await list_pins(tx, account_id=account_id)]
        if window.is_back:
            return [pin for pin in reversed(pins) if pin.position > window.position][: window.limit]
        return [pin for pin in pins if pin.position < window.position][: window.limit]

    return fetch
