from hubbub.errors import NotFound
from hubbub.feeds import queries
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import BadCursor, Page, Window
from hubbub.platform.text.entities import tag_key
from hubbub.posts import Candidate, PostView, Rules, ask_ahead, list_posts

routes = Routes("Feeds")


class TagNotFound(NotFound):
    code = "tag_not_found"
    message = "No hashtag can look like this."


@routes.get("/v1/feeds/home", returns=Page[PostView], errors=[BadCursor], ahead=ask_ahead)
async def get_home(request: Request, query: PageQuery) -> Reply:
    """What the people one follows posted and passed on, and one's own posts, latest first."""
    viewer = request.viewer

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return _candidates(
            await queries.select_home(
                tx,
                viewer_id=viewer.id,
                position=window.position,
                limit=window.limit,
                is_back=window.is_back,
            )
        )

    return await list_posts(request, query, fetch, rules=Rules(hide_muted=True))


@routes.get("/v1/feeds/public", returns=Page[PostView], auth="optional", errors=[BadCursor], ahead=ask_ahead)
async def get_public(request: Request, query: PageQuery) -> Reply:
    """Everyone's public posts, latest first."""

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return _candidates(
            await queries.select_public(
                tx, position=window.position, limit=window.limit, is_back=window.is_back
            )
        )

    return await list_posts(request, query, fetch, rules=Rules(listed_only=True, hide_muted=True))


@routes.get(
    "/v1/feeds/tags/{tag}",
    returns=Page[PostView],
    auth="optional",
    errors=[TagNotFound, BadCursor],
    ahead=ask_ahead,
)
async def get_tag(request: Request, tag: str, query: PageQuery) -> Reply:
    """Public posts and comments with a hashtag, latest first. Case and a leading # do not matter."""
    folded = tag_key(tag)
    if folded is None:
        raise TagNotFound(tag[:100])

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return _candidates(
            await queries.select_tagged(
                tx, tag=folded, position=window.position, limit=window.limit, is_back=window.is_back
            )
        )

    return await list_posts(request, query, fetch, rules=Rules(listed_only=True, hide_muted=True))


def _candidates(ids: list[int]) -> list[Candidate]:
    return [Candidate(id_, id_) for id_ in ids]
