"""Likes given and taken back, those of many people in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from hubbub.platform.batching import Batcher
from hubbub.platform.counters import CountKind, as_counts, select_counts
from hubbub.platform.db import Database, Tx, note_announcement, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import NewRows, rows_of
from hubbub.platform.services import Services
from hubbub.reactions import queries
from hubbub.reactions.events import PostLiked, PostUnliked
from hubbub.reactions.queries import NewLikes
from hubbub.reactions.states import NO_REACTION, ReactionState, read_states

HAS_CHANGED = -2
SECONDS = 2.0
Pair: TypeAlias = tuple[int, int]
"""Post and account."""


@dataclass(frozen=True, slots=True)
class LikeChange:
    """What somebody wants: to like a post, or not to."""

    post_id: int
    author_id: int
    account_id: int
    is_liked: bool


@dataclass(frozen=True, slots=True)
class Liked:
    """How it stands afterwards."""

    has_changed: bool
    counts: Mapping[CountKind, int]
    state: ReactionState


class Likes:
    """Gives and takes back likes, each within a statement that it shares with others of its moment."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._batcher: Batcher[LikeChange, Liked] = Batcher(self._write, key=_pair, seconds=SECONDS)

    async def change(self, change: LikeChange) -> Liked:
        """Of a post that the caller knows to be visible. Asking for what is so already changes nothing."""
        return await self._batcher.write(change)

    async def _write(self, changes: Sequence[LikeChange], seconds: float) -> list[Liked]:
        async def effect(tx: Tx) -> list[Liked]:
            return await change_likes(tx, changes)

        return await self._db.write(effect, deadline_seconds=seconds, is_one_statement=True)


async def start_reactions(services: Services) -> None:
    services.add(Likes(services.db))


async def change_likes(tx: Tx, changes: Sequence[LikeChange]) -> list[Liked]:
    """Changes of different pairs of post and account, in one statement: whole without a transaction too."""
    asked = sorted(changes, key=_pair)
    announced, numbers = _announced(asked)
    rows = await queries.update_likes(tx, _columns(asked), announced=announced, numbers=numbers)
    changed = {(row.post_id, row.account_id) for row in rows if row.kind == HAS_CHANGED}
    # Who asks again may do so because the process that wrote the like died before it could tell.
    note_change("reactions", *(change.account_id for change in asked))
    if changed:
        if announced.ids:
            note_announcement(announced.consumers)
        note_change("counts", *(post_id for post_id, _ in changed))
    before = read_states(((row.post_id, row.account_id), row.kind) for row in rows if row.value is None)
    counts = as_counts(
        {change.post_id for change in asked},
        ((row.post_id, row.kind, row.value) for row in rows if row.value is not None and row.account_id == 0),
    )
    overtaken = {
        change.post_id
        for change in asked
        if _pair(change) not in changed and before.get(_pair(change), NO_REACTION).liked != change.is_liked
    }
    counts |= await select_counts(tx, list(overtaken))
    return [
        Liked(
            has_changed=_pair(change) in changed,
            counts=counts[change.post_id],
            state=replace(before.get(_pair(change), NO_REACTION), liked=change.is_liked),
        )
        for change in changes
    ]


def _pair(change: LikeChange) -> Pair:
    return change.post_id, change.account_id


def _columns(changes: Sequence[LikeChange]) -> NewLikes:
    return NewLikes(
        [change.post_id for change in changes],
        [change.account_id for change in changes],
        [new_id() for _ in changes],
        [change.is_liked for change in changes],
    )


def _announced(changes: Sequence[LikeChange]) -> tuple[NewRows, list[int]]:
    """Rows for the outbox, and of whose change each speaks, counted from 1. One's own post is no news."""
    events = {
        number: (PostLiked if change.is_liked else PostUnliked)(
            post_id=change.post_id, author_id=change.author_id, account_id=change.account_id
        )
        for number, change in enumerate(changes, start=1)
        if change.account_id != change.author_id
    }
    numbers = [number for number, event in events.items() for _ in event.consumers]
    return rows_of(*events.values()), numbers
