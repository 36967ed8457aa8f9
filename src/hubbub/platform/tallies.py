"""Counts as pages show them, kept in the process and renewed in the background.

A count that changed here is read anew by whoever asks next. One that changed elsewhere is renewed a few
times a second with all others that changed meanwhile, in one statement, and no page waits for it.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping

from hubbub.errors import Unavailable
from hubbub.platform.cache import LocalCache
from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.db import Database

log = logging.getLogger(__name__)

LOCAL_BYTES = 32 * 1024 * 1024
LOCAL_TTL_SECONDS = 60.0
RENEW_SECONDS = 0.25
RENEW_BATCH = 2000
TALLY_BYTES = 750


class Tally:
    """All counts of one post or account. `json` is kept by whoever shows it, in the shape that it shows."""

    __slots__ = ("counts", "is_live", "json")

    def __init__(self, counts: Mapping[CountKind, int]) -> None:
        self.counts = counts
        self.json = b""
        self.is_live = True


class Tallies:
    """One per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._local: LocalCache[int, Tally] = LocalCache(
            max_bytes=LOCAL_BYTES,
            ttl_seconds=LOCAL_TTL_SECONDS,
            size_of=lambda _: TALLY_BYTES,
            on_drop=_end,
            name="counts",
        )
        self._stale: set[int] = set()
        self._renewing: set[int] = set()
        self._renewal: asyncio.Task[None] | None = None

    async def load(self, subject_ids: Iterable[int], *, is_exact: bool = False) -> dict[int, Tally]:
        """For each subject; zeros where nothing was counted. Exact ones wait for changes made elsewhere."""
        wanted = list(dict.fromkeys(subject_ids))
        if is_exact and (self._stale or self._renewing):
            self._invalidate((self._stale | self._renewing).intersection(wanted))
        return await self._local.get_or_load_many(wanted, self._load)

    async def load_directly(self, subject_ids: Iterable[int]) -> dict[int, Tally]:
        """From PostgreSQL, for when nothing cached can be believed."""
        return await self._load(list(dict.fromkeys(subject_ids)))

    def changed_here(self, subject_ids: Collection[int]) -> None:
        self._invalidate(subject_ids)

    def changed_elsewhere(self, subject_ids: Collection[int]) -> None:
        """What is being loaded may have been read before the change, and is renewed as well."""
        for id_ in subject_ids:
            if self._is_known(id_):
                self._stale.add(id_)
            else:
                self._renewing.discard(id_)
        if self._stale and self._renewal is None:
            self._renewal = asyncio.get_running_loop().create_task(self._renew())
            self._renewal.add_done_callback(self._renewed)

    def forget_all(self) -> None:
        """For when changes may have been missed."""
        self._stale.clear()
        self._renewing.clear()
        self._local.clear()

    def _is_known(self, subject_id: int) -> bool:
        return self._local.is_loading(subject_id) or self._local.get(subject_id) is not None

    def _invalidate(self, subject_ids: Collection[int]) -> None:
        for subject_id in subject_ids:
            self._stale.discard(subject_id)
            self._renewing.discard(subject_id)
            self._local.invalidate(subject_id)

    async def _renew(self) -> None:
        while self._stale:
            await asyncio.sleep(RENEW_SECONDS)
            batch = [self._stale.pop() for _ in range(min(len(self._stale), RENEW_BATCH))]
            self._renewing = set(batch)
            try:
                renewed = await self._load(batch)
            except Unavailable as error:
                log.debug("counts not renewed: %s", error)
                self._invalidate(batch)
                continue
            # What was changed or dropped meanwhile is not brought back as it was.
            for subject_id in self._renewing:
                if self._local.is_loading(subject_id):
                    self._stale.add(subject_id)
                elif self._local.get(subject_id) is not None:
                    self._local.put(subject_id, renewed[subject_id])
            self._renewing.clear()

    def _renewed(self, task: "asyncio.Task[None]") -> None:
        self._renewal = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("renewing counts ended badly", exc_info=error)
            self.forget_all()

    async def _load(self, subject_ids: Collection[int]) -> dict[int, Tally]:
        if not subject_ids:
            return {}
        async with self._db.connection() as tx:
            counts = await select_counts(tx, list(subject_ids))
        return {subject_id: Tally(values) for subject_id, values in counts.items()}


def _end(tally: Tally) -> None:
    tally.is_live = False
