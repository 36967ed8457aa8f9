from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from hubbub import reactions
from hubbub.graph import Edge, PersonView, list_people
from hubbub.interactions import service
from hubbub.interactions.schemas import InteractionView
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import BadCursor, Page, Window
from hubbub.posts import (
    Candidate,
    NotYourPost,
    PostNotFound,
    PostView,
    RepostNotAllowed,
    ask_ahead,
    list_posts,
    require_visible,
)
from hubbub.reactions import Reaction, ReactionKind, TooManyPins

routes = Routes("Interactions")
Verb = Callable[..., Awaitable[InteractionView]]


@routes.put("/v1/posts/{post_id}/like", returns=InteractionView, errors=[PostNotFound], ahead=ask_ahead)
async def like_post(request: Request, post_id: int) -> InteractionView:
    """Like a post."""
    return await _change_like(request, post_id, is_liked=True)


@routes.delete("/v1/posts/{post_id}/like", returns=InteractionView, errors=[PostNotFound], ahead=ask_ahead)
async def unlike_post(request: Request, post_id: int) -> InteractionView:
    """Take a like back."""
    return await _change_like(request, post_id, is_liked=False)


@routes.put("/v1/posts/{post_id}/repost", returns=InteractionView, errors=[PostNotFound, RepostNotAllowed])
async def repost_post(request: Request, post_id: int) -> Reply:
    """Pass a post on to one's followers.

    Only posts that everyone may see can be passed on.
    """
    return await _do(request, service.repost_post, post_id)


@routes.delete("/v1/posts/{post_id}/repost", returns=InteractionView, errors=[PostNotFound])
async def unrepost_post(request: Request, post_id: int) -> Reply:
    """Take a repost back."""
    return await _do(request, service.unrepost_post, post_id)


@routes.put("/v1/posts/{post_id}/bookmark", returns=InteractionView, errors=[PostNotFound])
async def bookmark_post(request: Request, post_id: int) -> Reply:
    """Keep a post for later. Nobody else learns of it."""
    return await _do(request, service.bookmark_post, post_id)


@routes.delete("/v1/posts/{post_id}/bookmark", returns=InteractionView, errors=[PostNotFound])
async def unbookmark_post(request: Request, post_id: int) -> Reply:
    """Remove a bookmark."""
    return await _do(request, service.unbookmark_post, post_id)


@routes.put(
    "/v1/posts/{post_id}/pin", returns=InteractionView, errors=[PostNotFound, NotYourPost, TooManyPins]
)
async def pin_post(request: Request, post_id: int) -> Reply:
    """Show one's own post first on one's page."""
    return await _do(request, service.pin_post, post_id)


@routes.delete("/v1/posts/{post_id}/pin", returns=InteractionView, errors=[PostNotFound, NotYourPost])
async def unpin_post(request: Request, post_id: int) -> Reply:
    """Unpin a post."""
    return await _do(request, service.unpin_post, post_id)


@routes.get(
    "/v1/posts/{post_id}/likes", returns=Page[PersonView], auth="optional", errors=[PostNotFound, BadCursor]
)
async def list_likes(request: Request, post_id: int, query: PageQuery) -> Page[PersonView]:
    """Who liked a post, latest first."""
    return await _reactors(request, post_id, query, ReactionKind.LIKE)


@routes.get(
    "/v1/posts/{post_id}/reposts", returns=Page[PersonView], auth="optional", errors=[PostNotFound, BadCursor]
)
async def list_reposts(request: Request, post_id: int, query: PageQuery) -> Page[PersonView]:
    """Who passed a post on, latest first."""
    return await _reactors(request, post_id, query, ReactionKind.REPOST)


@routes.get("/v1/me/likes", returns=Page[PostView], errors=[BadCursor], ahead=ask_ahead)
async def list_my_likes(request: Request, query: PageQuery) -> Reply:
    """What one liked, latest first."""
    viewer = request.viewer

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return _candidates(
            await reactions.list_account_reactions(
                tx, account_id=viewer.id, kind=ReactionKind.LIKE, window=window
            )
        )

    return await list_posts(request, query, fetch)


@routes.get("/v1/me/bookmarks", returns=Page[PostView], errors=[BadCursor], ahead=ask_ahead)
async def list_my_bookmarks(request: Request, query: PageQuery) -> Reply:
    """What one kept for later, latest first."""
    viewer = request.viewer

    async def fetch(tx: Tx, window: Window) -> list[Candidate]:
        return _candidates(await reactions.list_bookmarks(tx, account_id=viewer.id, window=window))

    return await list_posts(request, query, fetch)


async def _do(request: Request, verb: Verb, post_id: int) -> Reply:
    viewer = request.viewer

    async def effect(tx: Tx) -> Any:
        return await verb(tx, post_id=post_id, account_id=viewer.id)

    return await request.write(effect)


async def _change_like(request: Request, post_id: int, *, is_liked: bool) -> InteractionView:
    post = await service.find_original(request, post_id)
    return await service.change_like(
        request.services, post=post, account_id=request.viewer.id, is_liked=is_liked
    )


async def _reactors(request: Request, post_id: int, query: PageQuery, kind: ReactionKind) -> Page[PersonView]:
    async def fetch(tx: Tx, window: Window) -> list[Edge]:
        found = await reactions.list_reactors(tx, post_id=post_id, kind=kind, window=window)
        return [Edge(each.id, each.subject_id) for each in found]

    check = partial(require_visible, post_id=post_id, viewer_id=request.viewer_id)
    return await list_people(request, query, fetch, check=check)


def _candidates(found: list[Reaction]) -> list[Candidate]:
    return [Candidate(each.id, each.subject_id) for each in found]
