"""The worker's loop: a scout finds lanes with something due, runners of each consumer work them.

It never gives up: what fails is counted and tried again, and the database may come and go.
"""

import asyncio
import logging
import random
from collections import defaultdict
from functools import partial

from hubbub.errors import Unavailable
from hubbub.platform.db import Database
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.batches import Batches, Outcome
from hubbub.platform.outbox.events import LANES
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.periodic import run_periodically
from hubbub.platform.outbox.reactions import Reactions
from hubbub.platform.outbox.watchdog import Watchdog

log = logging.getLogger(__name__)

Lane = tuple[str, int]

SCOUT_DEADLINE_SECONDS = 2.0
SHORTEST_WAIT_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# How long a new process suspects that it replaces one that an event killed.
CAREFUL_SECONDS = 60.0
LAG_EVERY_SECONDS = 5.0
STALL_SECONDS = 60.0


class OutboxWorker:
    """Handles events until `stop`; then finishes the batches it is in."""

    def __init__(
        self,
        db: Database,
        reactions: Reactions,
        *,
        metrics: OutboxMetrics | None = None,
        watchdog: Watchdog | None = None,
        careful_seconds: float = CAREFUL_SECONDS,
    ) -> None:
        self._db = db
        self._reactions = reactions
        self._metrics = metrics or OutboxMetrics()
        self._watchdog = watchdog or Watchdog()
        self._careful_seconds = careful_seconds
        self._batches = {
            name: Batches(db, reactions, consumer, self._metrics)
            for name, consumer in reactions.consumers.items()
        }
        for batches in self._batches.values():
            batches.on_progress = partial(self._promise_progress, batches)
        self._queues: dict[str, asyncio.Queue[int]] = {name: asyncio.Queue() for name in self._batches}
        self._taken: set[Lane] = set()
        self._pauses: defaultdict[Lane, int] = defaultdict(int)
        self._paused_until: dict[Lane, float] = {}
        self._wake = asyncio.Event()
        self._is_stopping = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many the worker itself may hold at once."""
        runners = sum(consumer.lanes_at_once for consumer in self._reactions.consumers.values())
        return runners + len(self._reactions.periodic) + 2

    def wake(self) -> None:
        """Something was announced: look now rather than at the next poll."""
        self._wake.set()

    def stop(self) -> None:
        self._is_stopping.set()
        self._wake.set()

    async def run(self) -> None:
        self._watchdog.start()
        self._warn_of_the_unhandled()
        self._careful_until = asyncio.get_running_loop().time() + self._careful_seconds
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._scout())
                tasks.create_task(self._measure())
                for name, batches in self._batches.items():
                    for _ in range(batches.consumer.lanes_at_once):
                        tasks.create_task(self._run_lanes(name))
                for job in self._reactions.periodic:
                    tasks.create_task(run_periodically(self._db, job, self._metrics, self._is_stopping))
        finally:
            self._watchdog.stop()

    async def _scout(self) -> None:
        wait = SHORTEST_WAIT_SECONDS
        has_lanes = False
        while not self._is_stopping.is_set():
            self._watchdog.promise("scout", within_seconds=STALL_SECONDS)
            self._wake.clear()
            try:
                if not has_lanes:
                    await self._insert_lanes()
                    has_lanes = True
                found = await self._find_work()
            except Exception as error:
                self._stumble("scout", error)
                found = 0
                wait = LONGEST_WAIT_SECONDS
            wait = SHORTEST_WAIT_SECONDS if found else min(wait * 2, LONGEST_WAIT_SECONDS)
            if await self._woken_within(wait):
                wait = SHORTEST_WAIT_SECONDS
        self._watchdog.keep("scout")
        for name, queue in self._queues.items():
            for _ in range(self._batches[name].consumer.lanes_at_once):
                queue.put_nowait(-1)

    async def _insert_lanes(self) -> None:
        async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
            await queries.insert_lanes(tx, lanes=LANES, consumers=list(self._batches))

    async def _find_work(self) -> int:
        kinds = sorted({kind for batches in self._batches.values() for kind in batches.kinds})
        async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
            due = await queries.select_due_lanes(tx, consumers=list(self._batches), kinds=kinds)
        now = asyncio.get_running_loop().time()
        free = [lane for lane in due if lane not in self._taken and self._paused_until.get(lane, 0.0) <= now]
        random.shuffle(free)
        for name, number in free:
            self._taken.add((name, number))
            self._queues[name].put_nowait(number)
        return len(free)

    async def _woken_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        # Whatever else is announced in this moment is found by the same look.
        await asyncio.sleep(0.002)
        return True

    async def _run_lanes(self, name: str) -> None:
        queue = self._queues[name]
        while not self._is_stopping.is_set():
            number = await queue.get()
            if number < 0:
                return
            try:
                await self._run_lane(name, number)
            finally:
                self._taken.discard((name, number))

    async def _run_lane(self, name: str, number: int) -> None:
        """Until there is nothing left, or another lane has waited for a few batches."""
        batches, lane = self._batches[name], (name, number)
        for _ in range(4):
            is_careful = asyncio.get_running_loop().time() < self._careful_until
            try:
                outcome = await batches.work(number, is_careful=is_careful)
            except Exception as error:
                self._stumble(name, error)
                outcome = Outcome.OUTAGE
            finally:
                self._watchdog.keep(f"{name} {number}")
            if outcome is Outcome.OUTAGE:
                self._pause(lane)
            else:
                self._pauses.pop(lane, None)
            if outcome is not Outcome.MORE or self._is_stopping.is_set():
                return

    def _promise_progress(self, batches: Batches, number: int) -> None:
        seconds = STALL_SECONDS + 2 * batches.consumer.seconds
        self._watchdog.promise(f"{batches.consumer.name} {number}", within_seconds=seconds)

    def _pause(self, lane: Lane) -> None:
        self._pauses[lane] += 1
        seconds = min(0.25 * 2 ** self._pauses[lane], LONGEST_PAUSE_SECONDS)
        self._paused_until[lane] = asyncio.get_running_loop().time() + seconds * random.uniform(0.5, 1)  # noqa: S311

    async def _measure(self) -> None:
        while not self._is_stopping.is_set():
            try:
                async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
                    lags = await queries.select_lags(tx)
                for name, seconds in lags.items():
                    self._metrics.lag.labels(name).set(seconds)
            except Exception as error:
                self._stumble("lag", error)
            try:
                async with asyncio.timeout(LAG_EVERY_SECONDS):
                    await self._is_stopping.wait()
            except TimeoutError:
                continue

    def _stumble(self, part: str, error: Exception) -> None:
        self._metrics.stumbles.labels(part).inc()
        if isinstance(error, Unavailable):
            log.warning("%s: %s: %s", part, type(error).__name__, error)
        else:
            log.error("%s stumbled and goes on", part, exc_info=error)

    def _warn_of_the_unhandled(self) -> None:
        for name, batches in self._batches.items():
            for kind, event_type in batches.kinds.items():
                if not self._reactions.handlers(name, event_type):
                    log.debug("nobody reacts to %s for %s yet: such events are dropped", kind, name)
