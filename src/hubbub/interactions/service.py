from collections.abc import Mapping

from hubbub import posts, reactions
from hubbub.interactions.schemas import InteractionView
from hubbub.platform.counters import CountKind
from hubbub.platform.db import Tx
from hubbub.platform.http import Request
from hubbub.platform.services import Services
from hubbub.posts import Hydrated, Post, PostCounts, PostNotFound
from hubbub.reactions import LikeChange, Likes, ReactionState


async def find_original(request: Request, post_id: int) -> Post:
    """The post, or what it passes on, as far as the viewer may see it. Raises PostNotFound."""
    reader = await posts.open_reader(request, shows_reactions=False)
    return _original(await reader.hydrate([post_id]), post_id)


async def change_like(services: Services, *, post: Post, account_id: int, is_liked: bool) -> InteractionView:
    """What `like_post` and `unlike_post` do to a post that was found, in a statement shared with others."""
    change = LikeChange(post_id=post.id, author_id=post.author_id, account_id=account_id, is_liked=is_liked)
    liked = await services.part(Likes).change(change)
    return _view(post.id, liked.counts, liked.state)


async def like_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Like a post, or what a repost points at. A second like changes nothing. Raises PostNotFound."""
    post = await _require_original(tx, post_id, account_id)
    liked = await reactions.like_post(tx, post_id=post.id, author_id=post.author_id, account_id=account_id)
    return _view(post.id, liked.counts, liked.state)


async def unlike_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Take a like back. Without one nothing changes. Raises PostNotFound."""
    post = await _require_original(tx, post_id, account_id)
    liked = await reactions.unlike_post(tx, post_id=post.id, author_id=post.author_id, account_id=account_id)
    return _view(post.id, liked.counts, liked.state)


async def repost_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Pass a post on, once. Raises PostNotFound, RepostNotAllowed."""
    post = await posts.repost_post(tx, post_id=post_id, account_id=account_id)
    return await _state(tx, post.id, account_id)


async def unrepost_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Take a repost back. Without one nothing changes. Raises PostNotFound."""
    post = await posts.unrepost_post(tx, post_id=post_id, account_id=account_id)
    return await _state(tx, post.id, account_id)


async def bookmark_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Keep a post for later; nobody else learns of it. Raises PostNotFound."""
    post = await _require_original(tx, post_id, account_id)
    await reactions.bookmark_post(tx, post_id=post.id, account_id=account_id)
    return await _state(tx, post.id, account_id)


async def unbookmark_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Raises PostNotFound."""
    post = await _require_original(tx, post_id, account_id)
    await reactions.unbookmark_post(tx, post_id=post.id, account_id=account_id)
    return await _state(tx, post.id, account_id)


async def pin_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Show one's own post first on one's page. Raises PostNotFound, NotYourPost, TooManyPins."""
    await posts.lock_own_post(tx, post_id=post_id, account_id=account_id)
    await reactions.pin_post(tx, post_id=post_id, account_id=account_id)
    return await _state(tx, post_id, account_id)


async def unpin_post(tx: Tx, *, post_id: int, account_id: int) -> InteractionView:
    """Raises PostNotFound, NotYourPost."""
    await posts.lock_own_post(tx, post_id=post_id, account_id=account_id)
    await reactions.unpin_post(tx, post_id=post_id, account_id=account_id)
    return await _state(tx, post_id, account_id)


async def _require_original(tx: Tx, post_id: int, account_id: int) -> Post:
    return _original(await posts.hydrate(tx, viewer_id=account_id, post_ids=[post_id]), post_id)


def _original(around: Hydrated, post_id: int) -> Post:
    found = around.find(post_id)
    original = around.original(found) if found else None
    if original is None:
        raise PostNotFound(f"{post_id} for {around.facts.viewer_id}")
    return original


async def _state(tx: Tx, post_id: int, account_id: int) -> InteractionView:
    numbers = await reactions.load_numbers(tx, viewer_id=account_id, post_ids=[post_id])
    return _view(post_id, numbers.counts[post_id], numbers.state(post_id))


def _view(post_id: int, counts: Mapping[CountKind, int], state: ReactionState) -> InteractionView:
    return InteractionView(
        id=str(post_id),
        liked=state.liked,
        reposted=state.reposted,
        bookmarked=state.bookmarked,
        pinned=state.pinned,
        counts=PostCounts(
            likes=counts[CountKind.LIKES],
            comments=counts[CountKind.COMMENTS],
            reposts=counts[CountKind.REPOSTS],
            quotes=counts[CountKind.QUOTES],
        ),
    )
