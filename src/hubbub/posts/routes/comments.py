from copy import copy

from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.paging import Page, Window
from hubbub.posts.errors import PostNotFound
from hubbub.posts.pipeline import Fetch, Rules, fill, list_posts, selecting, show_slice
from hubbub.posts.queries import lists
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Reader, ask_ahead, open_reader
from hubbub.posts.schemas import CommentOrder, CommentsQuery, PostView, ThreadQuery, ThreadView

routes = Routes("Posts")
RULES = Rules(hide_muted=True)


@routes.get(
    "/v1/posts/{post_id}/comments",
    returns=Page[PostView],
    auth="optional",
    errors=[PostNotFound],
    ahead=ask_ahead,
)
async def list_comments(request: Request, post_id: int, query: CommentsQuery) -> Reply:
    """Comments directly on a post; each has comments of its own.

    A deleted comment leaves the list; what stands below it can be reached by id. `top` is by likes.
    """

    async def check(reader: Reader) -> Post:
        return await reader.require_visible(post_id)

    return await list_posts(
        request,
        query,
        candidates(post_id, query.order),
        rules=RULES,
        check=check,
        newest_first=query.order != "oldest",
    )


@routes.get(
    "/v1/posts/{post_id}/thread",
    returns=ThreadView,
    auth="optional",
    errors=[PostNotFound],
    ahead=ask_ahead,
)
async def get_thread(request: Request, post_id: int, query: ThreadQuery) -> Reply:
    """A post with what it answers, up to the root, and the first page of its comments.

    Ancestors that the viewer may not see are left out.
    """
    below = _as_list_of_comments(request, post_id)
    window = below.window(None, query.limit, newest_first=query.order != "oldest")
    reader = await open_reader(request)
    post = await reader.require_visible(post_id)
    await reader.hydrate(post.ancestor_ids)
    found = await fill(reader, window, selecting(request, candidates(post_id, query.order)), RULES)
    presenter = await reader.present([*post.ancestor_ids, post_id, *found.items])
    view = presenter.show(post_id)
    if view is None:
        raise PostNotFound(f"the author of {post_id} is gone")
    ancestors = b",".join(presenter.show_all(post.ancestor_ids))
    comments = below.join_page(window, show_slice(presenter.show_all(found.items), found))
    return Reply(b'{"ancestors":[%b],"post":%b,"comments":%b}' % (ancestors, view, comments.body))


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
