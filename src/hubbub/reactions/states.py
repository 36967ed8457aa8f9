"""What moves without an edit: counts, and what a viewer did."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from hubbub.platform.counters import CountKind, as_counts, select_counts
from hubbub.platform.db import Tx
from hubbub.reactions import state_queries as queries
from hubbub.reactions.votes import VOTE, unpack_choices

K = TypeVar("K", bound=Hashable)


class ReactionKind(IntEnum):
    """The numbers are stored."""

    LIKE = 1
    REPOST = 2


@dataclass(frozen=True, slots=True)
class ReactionState:
    """What one viewer did to one post."""

    liked: bool = False
    reposted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    choices: tuple[int, ...] = ()
    """Of its poll."""


NO_REACTION = ReactionState()
_FIELDS: dict[int, str] = {
    ReactionKind.LIKE: "liked",
    ReactionKind.REPOST: "reposted",
    0: "bookmarked",
    -1: "pinned",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """By post. A new post has none."""

    counts: Mapping[int, Mapping[CountKind, int]] = field(default_factory=dict)
    states: Mapping[int, ReactionState] = field(default_factory=dict)

    def state(self, post_id: int) -> ReactionState:
        return self.states.get(post_id, NO_REACTION)


async def load_numbers(tx: Tx, *, viewer_id: int, post_ids: Sequence[int]) -> Numbers:
    """Of a whole page in one statement."""
    if viewer_id == 0 or not post_ids:
        return Numbers(await select_counts(tx, post_ids))
    counts: list[tuple[int, int, int]] = []
    done: list[tuple[int, int]] = []
    for post_id, kind, value in await queries.select_numbers(tx, viewer_id=viewer_id, post_ids=post_ids):
        if value is not None:
            counts.append((post_id, kind, value))
        else:
            done.append((post_id, kind))
    return Numbers(as_counts(post_ids, counts), read_states(done))


def read_states(done: Iterable[tuple[K, int]]) -> dict[K, ReactionState]:
    """From what the queries say was done to each: 1 a like, 2 a repost, 0 a bookmark, -1 a pin, VOTE and
    above a vote for these choices.
    """
    fields: dict[K, dict[str, Any]] = {}
    for key, kind in done:
        if kind >= VOTE:
            fields.setdefault(key, {})["choices"] = unpack_choices(kind - VOTE)
        else:
            fields.setdefault(key, {})[_FIELDS[kind]] = True
    return {key: ReactionState(**each) for key, each in fields.items()}
