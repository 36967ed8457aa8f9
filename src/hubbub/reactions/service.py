from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.errors import Conflict
from hubbub.platform.counters import CountKind, add_counts
from hubbub.platform.db import Tx, note_announcement, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce, rows_of
from hubbub.platform.paging import Window
from hubbub.reactions import queries
from hubbub.reactions.events import PostBookmarked, PostReposted, PostUnreposted
from hubbub.reactions.likes import LikeChange, Liked, change_likes
from hubbub.reactions.queries import NewReaction, Reaction
from hubbub.reactions.states import ReactionKind
from hubbub.reactions.votes import delete_votes_of_account

MAX_PINS = 5
PURGE_BATCH = 500


COUNTED = {ReactionKind.LIKE: CountKind.LIKES, ReactionKind.REPOST: CountKind.REPOSTS}


class TooManyPins(Conflict):
    code = "too_many_pins"
    message = f"At most {MAX_PINS} posts can be pinned; unpin one first."


async def like_post(tx: Tx, *, post_id: int, author_id: int, account_id: int) -> Liked:
    """Like a post that the caller knows to be visible. A second like changes and announces nothing."""
    change = LikeChange(post_id=post_id, author_id=author_id, account_id=account_id, is_liked=True)
    [liked] = await change_likes(tx, [change])
    return liked


async def unlike_post(tx: Tx, *, post_id: int, author_id: int, account_id: int) -> Liked:
    """Take a like back; without one nothing changes."""
    change = LikeChange(post_id=post_id, author_id=author_id, account_id=account_id, is_liked=False)
    [liked] = await change_likes(tx, [change])
    return liked


async def record_repost(tx: Tx, *, post_id: int, author_id: int, account_id: int, repost_id: int) -> bool:
    """Claim the one repost of this post by this account; the caller then writes the post that points."""
    event = PostReposted(post_id=post_id, author_id=author_id, account_id=account_id, repost_id=repost_id)
    announced = rows_of(event)
    new = NewReaction(
        id=repost_id,
        post_id=post_id,
        account_id=account_id,
        kind=ReactionKind.REPOST,
        count_kind=COUNTED[ReactionKind.REPOST],
    )
    is_new = await queries.insert_reaction(tx, new, announced=announced)
    if is_new:
        note_announcement(announced.consumers)
        note_change("reactions", account_id)
        note_change("counts", post_id)
    return is_new


async def remove_repost(tx: Tx, *, post_id: int, author_id: int, account_id: int) -> int | None:
    """Give the claim back; return the id of the post that pointed, or None when there was none."""
    repost_id = await queries.delete_reaction(
        tx, post_id=post_id, account_id=account_id, kind=ReactionKind.REPOST
    )
    if repost_id is None:
        return None
    await announce(
        tx,
        PostUnreposted(post_id=post_id, author_id=author_id, account_id=account_id, repost_id=repost_id),
        counts=[(post_id, CountKind.REPOSTS, -1)],
    )
    note_change("reactions", account_id)
    return repost_id


async def bookmark_post(tx: Tx, *, post_id: int, account_id: int) -> bool:
    """Keep a post for later. Nobody else sees it."""
    is_new = await queries.insert_bookmark(tx, account_id=account_id, post_id=post_id, id_=new_id())
    if is_new:
        await announce(tx, PostBookmarked(post_id=post_id, account_id=account_id))
        note_change("reactions", account_id)
    return is_new


async def unbookmark_post(tx: Tx, *, post_id: int, account_id: int) -> bool:
    note_change("reactions", account_id)
    return await queries.delete_bookmark(tx, account_id=account_id, post_id=post_id)


async def pin_post(tx: Tx, *, post_id: int, account_id: int) -> bool:
    """Put one of the account's posts on top of its page. Raises TooManyPins beyond MAX_PINS."""
    await queries.lock_account(tx, account_id)
    pins = await queries.select_pins(tx, account_id=account_id)
    if any(pin.subject_id == post_id for pin in pins):
        return False
    if len(pins) >= MAX_PINS:
        raise TooManyPins
    _note_pin(account_id)
    return await queries.insert_pin(tx, account_id=account_id, post_id=post_id, id_=new_id())


async def unpin_post(tx: Tx, *, post_id: int, account_id: int) -> bool:
    _note_pin(account_id)
    return await queries.delete_pin(tx, account_id=account_id, post_id=post_id)


def _note_pin(account_id: int) -> None:
    """Pins are shown to their owner as such, and to everyone on the owner's page."""
    note_change("reactions", account_id)
    note_change("author", account_id)


async def unpin_posts(tx: Tx, *, post_ids: Sequence[int]) -> None:
    """Of posts that nobody sees any more, so that they take up none of their authors' few pins."""
    await queries.delete_pins(tx, post_ids)


async def load_present(
    tx: Tx, reactions: Sequence[tuple[int, int, ReactionKind]]
) -> set[tuple[int, int, ReactionKind]]:
    """Those of these likes and reposts, each (post, account, kind), that there are now; one statement."""
    if not reactions:
        return set()
    found = await queries.select_present(tx, tuple(zip(*reactions, strict=True)))
    return {(post_id, account_id, ReactionKind(kind)) for post_id, account_id, kind in found}


async def list_reactors(tx: Tx, *, post_id: int, kind: ReactionKind, window: Window) -> list[Reaction]:
    """Who liked or reposted; `subject_id` is the account. Not yet filtered by who may be seen."""
    return await queries.select_reactors(
        tx, post_id=post_id, kind=kind, position=window.position, limit=window.limit, is_back=window.is_back
    )


async def list_account_reactions(
    tx: Tx, *, account_id: int, kind: ReactionKind, window: Window
) -> list[Reaction]:
    """What an account liked or reposted; `subject_id` is the post."""
    return await queries.select_account_reactions(
        tx,
        account_id=account_id,
        kind=kind,
        position=window.position,
        limit=window.limit,
        is_back=window.is_back,
    )


async def list_bookmarks(tx: Tx, *, account_id: int, window: Window) -> list[Reaction]:
    return await queries.select_bookmarks(
        tx, account_id=account_id, position=window.position, limit=window.limit, is_back=window.is_back
    )


async def list_pins(tx: Tx, *, account_id: int) -> list[Reaction]:
    """At most MAX_PINS, newest first."""
    return await queries.select_pins(tx, account_id=account_id)


@dataclass(frozen=True, slots=True)
class Purged:
    """One batch of what an account did to posts."""

    post_ids: frozenset[int]
    """Posts whose counts are now lower."""
    has_more: bool


async def delete_account_reactions(tx: Tx, *, account_id: int) -> Purged:
    """Remove one batch of what an account did, and its share of the counts."""
    gone = await queries.delete_some_of_account(tx, account_id=account_id, limit=PURGE_BATCH)
    await add_counts(tx, [(post_id, COUNTED[ReactionKind(kind)], -1) for post_id, kind in gone])
    kept = await queries.delete_some_bookmarks_of_account(tx, account_id=account_id, limit=PURGE_BATCH)
    votes = await delete_votes_of_account(tx, account_id=account_id, limit=PURGE_BATCH)
    await queries.delete_pins_of_account(tx, account_id)
    note_change("reactions", account_id)
    return Purged(frozenset(post_id for post_id, _ in gone), PURGE_BATCH in (len(gone), kept, votes))


async def delete_post_reactions(tx: Tx, *, post_ids: Sequence[int]) -> None:
    """Remove all that was done to posts that are gone for good."""
    await queries.delete_of_posts(tx, post_ids)
