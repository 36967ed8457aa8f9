from copy import copy

from hubbub.platform.db import Tx
from hubbub.platform.http import Request, Routes
from hubbub.platform.paging import Page, Window
from hubbub.posts.errors import PostNotFound
from hubbub.posts.hydrate import hydrate
from hubbub.posts.pipeline import Fetch, Rules, Scan, fill, list_posts, require_visible, show_slice
from hubbub.posts.present import load_numbers, open_presenter
from hubbub.posts.queries import lists
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import CommentOrder, CommentsQuery, PostView, ThreadQuery, ThreadView

routes = Routes("Posts")
RULES = Rules(hide_muted=True)


@routes.get("/v1/posts/{post_id}/comments", returns=Page[PostView], auth="optional", errors=[PostNotFound])
async def list_comments(request: Request, post_id: int, query: CommentsQuery) -> Page[PostView]:
    """Comments directly on a post; each has comments of its own.

    A deleted comment leaves the list; what stands below it can be reached by id. `top` is by likes.
    """

    async def check(tx: Tx) -> Post:
        return await require_visible(tx, post_id=post_id, viewer_id=request.viewer_id)

    return await list_posts(
        request,
        query,
        candidates(post_id, query.order),
        rules=RULES,
        check=check,
        newest_first=query.order != "oldest",
    )


@routes.get("/v1/posts/{post_id}/thread", returns=ThreadView, auth="optional", errors=[PostNotFound])
async def get_thread(request: Request, post_id: int, query: ThreadQuery) -> ThreadView:
    """A post with what it answers, up to the root, and the first page of its comments.

    Ancestors that the viewer may not see are left out.
    """
    below = _as_list_of_comments(request, post_id)
    window = below.window(None, query.limit, newest_first=query.order != "oldest")
    scan = Scan(request.viewer_id, RULES, window)
    async with request.db.connection() as tx:
        around = await hydrate(tx, viewer_id=request.viewer_id, post_ids=[post_id])
        post = around.find(post_id)
        if post is None:
            raise PostNotFound(f"{post_id} for {request.viewer_id}")
        above = await hydrate(tx, viewer_id=request.viewer_id, post_ids=post.ancestor_ids)
        found = await fill(tx, scan, candidates(post_id, query.order))
        everything = scan.hydrated.with_more(above).with_more(around)
        shown = [*post.ancestor_ids, post_id, *found.items]
        numbers = await load_numbers(tx, everything, shown)
    presenter = await open_presenter(request.services, everything, numbers, shown)
    view = presenter.show(post_id)
    if view is None:
        raise PostNotFound(f"the author of {post_id} is gone")
    ancestors = tuple(presenter.show_all(post.ancestor_ids))
    return ThreadView(
        ancestors=ancestors, post=view, comments=below.page(window, show_slice(presenter, found))
    )


def candidates(parent_id: int, order: CommentOrder) -> Fetch:
    """Comments on one post, in that order."""

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        if order == "top":
            return await lists.select_top_comments(
                tx,
                parent_id=parent_id,
                likes=window.rank,
                position=window.position,
                limit=window.limit,
                is_back=window.is_back,
            )
        return await lists.select_comments(
            tx,
            parent_id=parent_id,
            position=window.position,
            limit=window.limit,
            is_ascending=window.is_back == (order == "newest"),
        )

    return fetch


def _as_list_of_comments(request: Request, post_id: int) -> Request:
    """The request as if it had asked for the comments alone, so that their cursors go on there."""
    below = copy(request)
    below.operation, below.path = "listComments", f"/v1/posts/{post_id}/comments"
    return below
