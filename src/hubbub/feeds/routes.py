from hubbub.errors import NotFound
from hubbub.feeds import queries
from hubbub.feeds.home import ask_home, read_home
from hubbub.feeds.schemas import HomePostView, HomeQuery
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import BadCursor, Page, Window
from hubbub.platform.text.entities import tag_key
from hubbub.posts import Candidate, PostView, Rules, ask_ahead, list_posts

routes = Routes("Feeds")


class TagNotFound(NotFound):
    code = "tag_not_found"
    message = "No hashtag can look like this."


@routes.get(
    "/v1/feeds/home",
    returns=Page[HomePostView],
    errors=[BadCursor],
    is_conditional=True,
    ahead=ask_home,
)
async def get_home(request: Request, query: HomeQuery) -> Reply:
    """What the people one follows posted and passed on, and one's own posts, latest first.

    A post that several pass on stands once, where it came first, with `reposted_by` naming them. To ask for
    what is new, send the ETag of the first page, or the newest id as `since`.
    """
    return await read_home(request, query)


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
