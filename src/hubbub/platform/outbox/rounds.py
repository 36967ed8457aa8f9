"""Rounds of one consumer: the oldest events of many lanes, applied in one transaction.

A round costs a handful of round trips however many lanes it touches. When anything goes wrong in it,
all is rolled back and its lanes are worked one by one, as `Batches` does it.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.batches import MARGIN_SECONDS, Batches, Outcome, TriedBefore, is_database_away
from hubbub.platform.outbox.events import LANES
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.queries import Row, Wanted

# Lanes of a round while there is a backlog, so that other runners and other workers find free ones.
NARROW = 4
ALL_LANES = range(LANES)


class Rounds:
    def __init__(self, db: Database, batches: Batches, metrics: OutboxMetrics) -> None:
        self.batches = batches
        self._consumer = batches.consumer
        self._db = db
        self._metrics = metrics
        self._kinds = list(batches.kinds)
        self._width = LANES
        self._striking = asyncio.Lock()
        self._struck: set[int] = set()
        self._alone: set[int] = set()
        self.on_outcome: Callable[[int, Outcome], None] = lambda lane, outcome: None
        """Called with each lane that had to be worked by itself."""
        self.watched: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered for each transaction of many lanes, of which each is bounded."""

    async def take(self, *, without: Collection[int] = (), is_careful: bool = False) -> Outcome:
        """Handle what is due in free lanes. Raises DatabaseUnavailable.

        A careful worker leaves a strike on each lane first, as `Batches.work` does for one.
        """
        lanes = [lane for lane in ALL_LANES if lane not in without and lane not in self._alone]
        random.shuffle(lanes)
        return await (self._take_carefully(lanes) if is_careful else self._take(lanes, strikes=0))

    async def _take_carefully(self, lanes: Sequence[int]) -> Outcome:
        async with self._striking:
            struck = await self._strike([lane for lane in lanes if lane not in self._struck])
            self._struck.update(struck)
        try:
            suspects = [lane for lane, strikes in struck.items() if strikes > 1]
            others = [lane for lane in struck if lane not in suspects]
            outcome = await self._take(others, strikes=1) if others else Outcome.IDLE
            return await self.work_alone(suspects, is_careful=True) if suspects else outcome
        finally:
            self._struck.difference_update(struck)

    async def _take(self, lanes: Sequence[int], *, strikes: int) -> Outcome:
        started = time.perf_counter()
        wanted = self._wanted(lanes)
        touched: set[int] = set()

        async def attempt(tx: Tx) -> list[tuple[int, Row]]:
            taken = await queries.claim_round(tx, wanted, strikes=strikes)
            touched.update(lane for lane, _ in taken)
            if any(row.attempts for _, row in taken):
                raise TriedBefore
            await self.batches.apply(tx, [row for _, row in taken])
            if strikes:
                await queries.update_strikes_to_none(tx, lanes=lanes, consumer=self._consumer.name)
            return taken

        try:
            with self.watched():
                taken = await self._db.write(
                    attempt, deadline_seconds=self._consumer.seconds + MARGIN_SECONDS
                )
        except Exception as error:
            if is_database_away(error) or not touched:
                raise
            failure = error
        else:
            if taken:
                self._metrics.note_batch(self._consumer.name, len(taken), time.perf_counter() - started)
            return self._outcome(Counter(lane for lane, _ in taken), at_most=wanted.at_most)
        if not isinstance(failure, TriedBefore):
            self.batches.note_failed_batch(failure)
        return await self._after_failure(touched, strikes=strikes)

    def _wanted(self, lanes: Sequence[int]) -> Wanted:
        consumer = self._consumer
        at_most = min(self._width, consumer.batch)
        return Wanted(consumer.name, lanes, self._kinds, at_most, consumer.batch, consumer.is_durable)

    def _outcome(self, loads: Counter[int], *, at_most: int) -> Outcome:
        """There may be more when a lane gave all that it was asked for, or when there were enough lanes."""
        is_full = bool(loads) and max(loads.values()) >= max(self._consumer.batch // len(loads), 1)
        self._width = NARROW if is_full else LANES
        return Outcome.MORE if is_full or at_most <= len(loads) < LANES else Outcome.IDLE

    async def _strike(self, lanes: Sequence[int]) -> dict[int, int]:
        async with self._db.connection() as tx:
            return await queries.update_strikes_of_due(tx, self._wanted(lanes))

    async def _after_failure(self, lanes: Collection[int], *, strikes: int) -> Outcome:
        if strikes:
            async with self._db.connection() as tx:
                await queries.update_strikes_to_none(tx, lanes=list(lanes), consumer=self._consumer.name)
        return await self.work_alone(lanes, is_careful=strikes > 0)

    async def work_alone(self, lanes: Collection[int], *, is_careful: bool) -> Outcome:
        """Each lane by itself; rounds leave them alone meanwhile."""
        mine = set(lanes) - self._alone
        self._alone |= mine
        try:
            for lane in sorted(mine):
                await self._work_lane(lane, is_careful=is_careful)
                self._alone.discard(lane)
        finally:
            self._alone -= mine
        return Outcome.MORE

    async def _work_lane(self, lane: int, *, is_careful: bool) -> None:
        outcome = Outcome.OUTAGE
        try:
            outcome = await self.batches.work(lane, is_careful=is_careful)
        finally:
            self.on_outcome(lane, outcome)
