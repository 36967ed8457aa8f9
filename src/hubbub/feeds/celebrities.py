"""Authors with too many followers to push to: who they are, and what they wrote lately.

An author becomes one in the fan-out and stays one. Pushing goes on for a minute after that, until every
process that reads has heard of it, or knows that it may not have.
"""

import asyncio
import logging
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hubbub.errors import Unavailable
from hubbub.feeds import celebrity_queries as queries
from hubbub.platform.cache import LocalCache
from hubbub.platform.db import Database, Tx, note_change
from hubbub.platform.paging import Window

TOPIC = "celebrities"
GRACE_SECONDS = 60.0
# The rest of the grace is for the commit of the transaction that made somebody a celebrity.
TRUSTED_SECONDS = 30.0
REFRESH_SECONDS = 5.0
RETRY_SECONDS = 1.0
# Of each author in the process, newest first. Pages that reach below ask PostgreSQL.
NEWEST = 200
RECENT_BYTES = 8 * 1024 * 1024
RECENT_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recent:
    """Ids in rising order; without `is_whole` there are older posts."""

    ids: list[int]
    is_whole: bool

    def within(self, window: Window) -> list[int] | None:
        """In the order of the scan, at most its limit; None when it reaches below what is known."""
        if window.is_back:
            start = bisect_right(self.ids, window.position)
            if start == 0 and not self.is_whole:
                return None
            return self.ids[start : start + window.limit]
        end = bisect_left(self.ids, window.position)
        if end < window.limit and not self.is_whole:
            return None
        return self.ids[max(end - window.limit, 0) : end][::-1]


class Celebrities:
    """One per process."""

    def __init__(self, db: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._ids: frozenset[int] = frozenset()
        self._retired_at: Mapping[int, float] = {}
        self._refreshed_at = self._failed_at = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None
        self._recent: LocalCache[int, Recent] = LocalCache(
            max_bytes=RECENT_BYTES,
            ttl_seconds=RECENT_SECONDS,
            size_of=lambda recent: 40 * len(recent.ids) + 100,
            clock=clock,
            name="celebrities",
        )

    async def known(self) -> frozenset[int] | None:
        """Every author whose posts may be missing in home lists; usually at once.

        None when that cannot be told, as PostgreSQL has not answered for a while: then lists do not count.
        """
        age = self._clock() - self._refreshed_at
        if age >= REFRESH_SECONDS and self._clock() - self._failed_at >= RETRY_SECONDS:
            refreshing = self._refresh()
            if age >= TRUSTED_SECONDS:
                await asyncio.shield(refreshing)
        return self._ids if self._clock() - self._refreshed_at < TRUSTED_SECONDS else None

    def is_retired(self, author_id: int) -> bool:
        """Whether the time of grace is over, so that nothing of theirs is pushed. False when in doubt."""
        return self._retired_at.get(author_id, float("inf")) <= self._clock()

    async def recent(self, author_ids: Collection[int], window: Window) -> list[int]:
        """Posts of the authors within the window, in the order of its scan, at most its limit.

        At most RECENT_SECONDS behind. Without comments; what a viewer may see is not decided here.
        """
        if not author_ids:
            return []
        held = await self._recent.get_or_load_many(author_ids, self._load_recent)
        found: list[int] = []
        below: list[int] = []
        for author_id, recent in held.items():
            ids = recent.within(window)
            if ids is None:
                below.append(author_id)
            else:
                found += ids
        if below:
            async with self._db.connection() as tx:
                found += await queries.select_posts_by(
                    tx,
                    author_ids=below,
                    position=window.position,
                    limit=window.limit,
                    is_back=window.is_back,
                )
        return sorted(found, reverse=not window.is_back)[: window.limit]

    async def add(self, tx: Tx, author_ids: Collection[int]) -> None:
        """Make celebrities of authors, for ever."""
        added = await queries.insert_celebrities(tx, sorted(author_ids))
        if added:
            log.info("accounts %s are not fanned out any more", added)
            note_change(TOPIC, *added)

    def refresh_soon(self, author_ids: Collection[int] = ()) -> None:
        """Somebody has become a celebrity, or that may have been missed."""
        if self._refreshing is not None:
            self._refreshing.add_done_callback(lambda _: self._refresh())
        else:
            self._refresh()

    def forget_posts(self, author_ids: Collection[int]) -> None:
        """They have written or deleted something."""
        for author_id in self._ids.intersection(author_ids):
            self._recent.invalidate(author_id)

    def forget_all_posts(self) -> None:
        self._recent.clear()

    def _refresh(self) -> "asyncio.Task[None]":
        if self._refreshing is None:
            self._refreshing = asyncio.get_running_loop().create_task(self._load())
        return self._refreshing

    async def _load(self) -> None:
        started = self._clock()
        try:
            async with self._db.connection() as tx:
                seconds = await queries.select_celebrities(tx)
        except Unavailable as error:
            self._failed_at = self._clock()
            log.warning("celebrities not refreshed: %s", error)
        else:
            self._refreshed_at = started
            self._retired_at = {id_: started - age + GRACE_SECONDS for id_, age in seconds.items()}
            if self._ids != seconds.keys():
                self._ids = frozenset(seconds)
        finally:
            self._refreshing = None

    async def _load_recent(self, author_ids: Collection[int]) -> dict[int, Recent]:
        async with self._db.connection() as tx:
            newest = await queries.select_newest_posts(tx, author_ids=list(author_ids), limit=NEWEST)
        return {
            author_id: Recent(newest.get(author_id, [])[::-1], len(newest.get(author_id, ())) < NEWEST)
            for author_id in author_ids
        }


async def load_followed_celebrities(tx: Tx, *, account_id: int) -> list[int]:
    """The celebrities that an account follows. Merge only those that `Celebrities.known` knows as well."""
    return await queries.select_followed_celebrities(tx, account_id=account_id)


async def forget_celebrities(tx: Tx, account_ids: Sequence[int]) -> None:
    """Only of those who have no posts any more."""
    await queries.delete_celebrities(tx, account_ids)
