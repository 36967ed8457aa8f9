from collections.abc import Sequence

from hubbub.platform.http import PageQuery, Reply, Request, Routes, join_page, parse_ids
from hubbub.platform.paging import Page, Window, fill_slice
from hubbub.posts.errors import PostNotFound
from hubbub.posts.pipeline import require_visible, show_posts
from hubbub.posts.present import show_revision
from hubbub.posts.queries import parts
from hubbub.posts.queries.parts import Revision
from hubbub.posts.reader import ask_ahead, open_reader
from hubbub.posts.routes.versions import versioned_post
from hubbub.posts.schemas import PostsQuery, PostView, RevisionView

routes = Routes("Posts")


@routes.get("/v1/posts", returns=Page[PostView], auth="optional", ahead=ask_ahead)
async def list_posts_by_ids(request: Request, query: PostsQuery) -> Reply:
    """Up to 100 posts by their ids, in the same order; what the viewer may not see is left out."""
    return Reply(join_page(await show_posts(request, parse_ids(query.ids)), None, None))


@routes.get(
    "/v1/posts/{post_id}",
    returns=PostView,
    auth="optional",
    is_conditional=True,
    errors=[PostNotFound],
    ahead=ask_ahead,
)
async def get_post(request: Request, post_id: int) -> Reply:
    """One post, with its quote or what it passes on."""
    reader = await open_reader(request)
    post = await reader.require_visible(post_id)
    view = (await reader.present([post_id])).show(post_id)
    if view is None:
        raise PostNotFound(f"the author of {post_id} is gone")
    return versioned_post(view, post.version, request=request)


@routes.get("/v1/posts/{post_id}/history", returns=Page[RevisionView], auth="optional", errors=[PostNotFound])
async def list_revisions(request: Request, post_id: int, query: PageQuery) -> Page[RevisionView]:
    """Former versions of a post, newest first, for whoever may see it."""
    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:
        await require_visible(tx, post_id=post_id, viewer_id=request.viewer_id)

        async def fetch(part: Window) -> list[Revision]:
            return await parts.select_revisions(
                tx, post_id=post_id, position=part.position, limit=part.limit, is_back=part.is_back
            )

        async def keep(found: Sequence[Revision]) -> list[tuple[int, RevisionView]]:
            return [(each.version, show_revision(each)) for each in found]

        slice_ = await fill_slice(window, fetch, keep, lambda each: each.version)
    return request.page(window, slice_)
