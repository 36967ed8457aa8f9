"""Events of one lane: taken off the outbox and applied in a single transaction, a batch at a time.

When a handler fails, the batch is rolled back and its events are handled one by one, so that a
poison event is found, put off and at last put aside, while all others go on.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum

import msgspec

from hubbub.errors import Unavailable
from hubbub.platform.db import RETRYABLE, Database, DatabaseUnavailable, Tx
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.events import Event
from hubbub.platform.outbox.grouping import group
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.queries import Row
from hubbub.platform.outbox.reactions import Consumer, Handlers, Reactions

log = logging.getLogger(__name__)

TRIES = 5
# Worker deaths that one event may cause after its lane came under suspicion.
DEADLY_TRIES = 3
# Something that handlers need is away, which is no fault of the event: it is given hours.
TRIES_IN_OUTAGE = 50
LONGEST_BACK_OFF_SECONDS = 300.0
# A handler is interrupted this long before its connection is cut, so that the two can be told apart.
MARGIN_SECONDS = 2.0
ERROR_LENGTH = 4000


class Outcome(Enum):
    IDLE = "nothing was due, or another worker has the lane"
    MORE = "there may be more"
    OUTAGE = "handlers could not reach something they need: leave the lane alone for a while"


class TriedBefore(Exception):
    """The batch holds an event that failed before: such are handled by themselves."""


class _Deadly(Exception):
    """What is written on the dead letter of an event that kills its worker."""


class Batches:
    """Works the lanes of one consumer."""

    def __init__(
        self, db: Database, reactions: Reactions, consumer: Consumer, metrics: OutboxMetrics
    ) -> None:
        self.consumer = consumer
        self.kinds = reactions.kinds(consumer.name)
        self._kind_names = list(self.kinds)
        self._reactions = reactions
        self._db = db
        self._metrics = metrics
        self._limit = consumer.batch
        self._suspects: set[int] = set()
        self.on_progress: Callable[[int], None] = lambda lane: None
        """Called with the lane before each transaction, of which each is bounded."""

    async def work(self, lane: int, *, is_careful: bool = False) -> Outcome:
        """Handle one batch of the lane. Raises DatabaseUnavailable.

        A careful worker first leaves a strike that outlives it, and takes it back when it is done. So a
        lane in which workers die is noticed, and then every event is charged before it is tried. It
        costs two small commits a batch; otherwise it is done only where a strike was found.
        """
        if not is_careful and lane not in self._suspects:
            return await self._work_batch(lane, strikes=0)
        strikes = await self._add_strike(lane)
        if strikes is None:
            return Outcome.IDLE
        has_died = strikes > 1
        outcome = await (self._work_singly(lane) if has_died else self._work_batch(lane, strikes=strikes))
        if outcome is not Outcome.OUTAGE:
            await self._reset_strikes(lane)
            self._suspects.discard(lane)
        return outcome

    async def _work_batch(self, lane: int, *, strikes: int) -> Outcome:
        self.on_progress(lane)
        started = time.perf_counter()

        async def attempt(tx: Tx) -> int | None:
            found = await queries.lock_lane(tx, lane=lane, consumer=self.consumer.name)
            if found is None:
                return 0
            if found > strikes:
                return None
            rows = await queries.claim_due(
                tx, lane=lane, consumer=self.consumer.name, kinds=self._kind_names, limit=self._limit
            )
            if any(row.attempts for row in rows):
                raise TriedBefore
            await self.apply(tx, rows)
            return len(rows)

        limit = self._limit
        try:
            handled = await self._db.write(attempt, deadline_seconds=self.consumer.seconds + MARGIN_SECONDS)
        except Exception as error:
            if is_database_away(error):
                raise
            failure = error
        else:
            return self._after_success(lane, handled, limit=limit, seconds=time.perf_counter() - started)
        return await self._after_failure(lane, failure)

    def _after_success(self, lane: int, handled: int | None, *, limit: int, seconds: float) -> Outcome:
        if handled is None:
            self._suspects.add(lane)
            return Outcome.MORE
        self._limit = min(limit * 2, self.consumer.batch)
        if handled:
            self._metrics.note_batch(self.consumer.name, handled, seconds)
        return Outcome.MORE if handled == limit else Outcome.IDLE

    async def _after_failure(self, lane: int, error: Exception) -> Outcome:
        if isinstance(error, TimeoutError) and self._limit > 1:
            log.warning("%s: %s events took too long, trying fewer", self.consumer.name, self._limit)
            self._limit //= 2
            return Outcome.MORE
        if not isinstance(error, TriedBefore):
            self.note_failed_batch(error)
        return await self._work_singly(lane)

    def note_failed_batch(self, error: Exception) -> None:
        log.warning("%s: a batch failed, trying its events by themselves: %r", self.consumer.name, error)

    async def _work_singly(self, lane: int) -> Outcome:
        for _ in range(self.consumer.batch):
            self.on_progress(lane)
            row = await self._charge(lane)
            if row is None:
                return Outcome.IDLE
            error = await self._try_one(lane, row)
            if error is not None:
                await self._put_off(lane, row, error)
                if _is_outage(error):
                    return Outcome.OUTAGE
        return Outcome.MORE

    async def _charge(self, lane: int) -> Row | None:
        """The oldest event, its try counted before it is made: it may be the one that kills the worker."""
        async with self._transaction() as tx:
            if await queries.lock_lane(tx, lane=lane, consumer=self.consumer.name) is None:
                return None
            return await queries.update_oldest_as_tried(
                tx,
                lane=lane,
                consumer=self.consumer.name,
                kinds=self._kind_names,
                longest_seconds=LONGEST_BACK_OFF_SECONDS,
            )

    async def _try_one(self, lane: int, row: Row) -> Exception | None:
        if row.deaths > DEADLY_TRIES:
            return _Deadly("the worker died each time that it handled this")
        try:
            async with self._transaction() as tx:
                if await queries.lock_lane(tx, lane=lane, consumer=self.consumer.name) is None:
                    return None
                taken = await queries.claim_one(tx, lane=lane, consumer=self.consumer.name, id_=row.id)
                if taken is not None:
                    await self.apply(tx, [taken])
        except Exception as error:
            if is_database_away(error):
                raise
            return error
        self._metrics.processed.labels(self.consumer.name).inc()
        return None

    async def _put_off(self, lane: int, row: Row, error: Exception) -> None:
        name = self.consumer.name
        self._metrics.failed.labels(name).inc()
        tries = 0 if isinstance(error, _Deadly) else TRIES_IN_OUTAGE if _is_outage(error) else TRIES
        if row.attempts < tries:
            async with self._transaction() as tx:
                await queries.update_as_survived(tx, lane=lane, consumer=name, id_=row.id)
            log.warning("%s: %s %s failed, try %s: %r", name, row.kind, row.id, row.attempts, error)
            return
        log.error("%s: %s %s is dead after %s tries", name, row.kind, row.id, row.attempts, exc_info=error)
        async with self._transaction() as tx:
            await queries.insert_dead_letter(tx, lane=lane, consumer=name, id_=row.id, error=describe(error))
        self._metrics.dead.labels(name).inc()

    async def apply(self, tx: Tx, rows: list[Row]) -> None:
        events: list[Event] = [msgspec.json.decode(row.body, type=self.kinds[row.kind]) for row in rows]
        try:
            async with asyncio.timeout(self.consumer.seconds):
                for handlers, grouped in group(events, self._handlers):
                    for handler in handlers:
                        await handler(tx, grouped)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise RuntimeError("a handler cancelled itself") from None

    def _handlers(self, event_type: type[Event]) -> Handlers:
        return self._reactions.handlers(self.consumer.name, event_type)

    async def _add_strike(self, lane: int) -> int | None:
        async with self._db.connection() as tx:
            return await queries.update_strikes(tx, lane=lane, consumer=self.consumer.name)

    async def _reset_strikes(self, lane: int) -> None:
        async with self._db.connection() as tx:
            await queries.update_strikes_to_none(tx, lanes=[lane], consumer=self.consumer.name)

    def _transaction(self) -> AbstractAsyncContextManager[Tx]:
        return self._db.transaction(deadline_seconds=self.consumer.seconds + MARGIN_SECONDS)


def _is_outage(error: Exception) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error.__cause__, RETRYABLE)


def is_database_away(error: Exception) -> bool:
    return isinstance(error, DatabaseUnavailable) and _is_outage(error)


def describe(error: Exception) -> str:
    """The end of its trace, which says most."""
    text = "".join(traceback.format_exception(error)).replace("\x00", "")
    return text[-ERROR_LENGTH:]
