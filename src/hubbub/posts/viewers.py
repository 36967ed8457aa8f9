"""What is known of those who read: relations and reactions, valid under the stamp they were read under."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hubbub.platform.cache import LOOKUPS, LocalCache
from hubbub.platform.db import Database
from hubbub.reactions import ViewerReactions, load_viewer_reactions
from hubbub.visibility import NO_RELATIONS, Relation, ViewerRelations, load_facts, load_viewer_relations

LOCAL_BYTES = 64 * 1024 * 1024
# How stale what is known may get when a change was missed and nobody noticed.
LOCAL_TTL_SECONDS = 20.0
VIEWER_BYTES = 600


@dataclass(slots=True)
class Viewer:
    """`relations` is None for whoever has too many to hold: they are asked about page by page.

    All is over at `until`, by the monotonic clock, whatever the stamp says: mutes run out without anybody
    noting it. `kept` is for what others make of the relations, such as which lists leave whom out of home.
    """

    id: int
    stamp: str
    relations: ViewerRelations | None
    reactions: ViewerReactions
    until: float = float("inf")
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        relations = self.relations.size if self.relations is not None else 0
        return VIEWER_BYTES + relations + self.reactions.size

    async def load_relations(self, db: Database, account_ids: Iterable[int]) -> "dict[int, Relation]":
        """Of a viewer who has too many to hold, to these accounts."""
        async with db.connection() as tx:
            facts = await load_facts(tx, viewer_id=self.id, account_ids=account_ids)
        return dict(facts.relations)


def _nobody() -> Viewer:
    return Viewer(0, "", NO_RELATIONS, ViewerReactions({}, 0))


NOBODY = _nobody()


class Viewers:
    """One per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._local: LocalCache[int, Viewer] = LocalCache(
            max_bytes=LOCAL_BYTES, ttl_seconds=LOCAL_TTL_SECONDS, size_of=lambda viewer: viewer.size
        )

    def peek(self, viewer_id: int) -> Viewer | None:
        """What is held, under whatever stamp."""
        return self._local.get(viewer_id)

    async def load(self, viewer_id: int, stamp: str | None, *, shows_reactions: bool = True) -> Viewer:
        """As it is under this stamp; without one, as it is now. Reactions that are not shown may be old."""
        if viewer_id == 0:
            return NOBODY
        held = self._local.get(viewer_id) if stamp is not None else None
        if held is not None and held.until <= time.monotonic():
            held = None
        if held is not None and (
            held.stamp == stamp or (not shows_reactions and _has_same_relations(held.stamp, stamp or ""))
        ):
            LOOKUPS.add("viewers", "found")
            return held
        LOOKUPS.add("viewers", "missing")
        viewer = await self._load(viewer_id, stamp or "", held)
        if stamp is not None:
            self._local.put(viewer_id, viewer)
        return viewer

    async def _load(self, viewer_id: int, stamp: str, held: Viewer | None) -> Viewer:
        """What the stamp says is unchanged is taken over, until it is over. One statement for each part
        that is not.
        """
        old, new = (held.stamp if held else "").split("."), stamp.split(".")
        is_same_era = len(old) == len(new) == 4 and old[0] == new[0]
        until = time.monotonic() + LOCAL_TTL_SECONDS
        async with self._db.connection() as tx:
            if held is not None and is_same_era and old[1] == new[1]:
                relations, kept, until = held.relations, held.kept, held.until
            else:
                relations, kept = await load_viewer_relations(tx, viewer_id), {}
            if held is not None and is_same_era and old[2] == new[2]:
                reactions, until = held.reactions, held.until
            else:
                reactions = await load_viewer_reactions(tx, viewer_id)
        return Viewer(viewer_id, stamp, relations, reactions, min(until, _end_of(relations)), kept)


def _end_of(relations: ViewerRelations | None) -> float:
    if relations is None or relations.ends_at is None:
        return float("inf")
    return time.monotonic() + (relations.ends_at - datetime.now(UTC)).total_seconds()


def _has_same_relations(stamp: str, other: str) -> bool:
    old, new = stamp.split("."), other.split(".")
    return len(old) == len(new) == 4 and old[:2] == new[:2]
