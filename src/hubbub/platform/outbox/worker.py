"""The worker: runners of each consumer are called by wakes, and by a scout that looks now and then.

It never gives up: what fails is counted and tried again, and the database may come and go.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable

from hubbub.errors import Unavailable
from hubbub.platform.db import ANY_CONSUMER, Database
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.batches import Batches
from hubbub.platform.outbox.events import LANES
from hubbub.platform.outbox.letter_queries import count_dead_letters
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.periodic import run_periodically
from hubbub.platform.outbox.reactions import Reactions
from hubbub.platform.outbox.rounds import Rounds
from hubbub.platform.outbox.runners import MOMENT_SECONDS, STALL_SECONDS, Runners
from hubbub.platform.outbox.watchdog import Watchdog

log = logging.getLogger(__name__)

SCOUT_DEADLINE_SECONDS = 2.0
SHORTEST_WAIT_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 0.5
# How long a new process suspects that it replaces one that an event killed.
CAREFUL_SECONDS = 60.0
LAG_EVERY_SECONDS = 5.0


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
        self._wake = asyncio.Event()
        self._is_stopping = asyncio.Event()
        self._runners = {
            name: Runners(
                Rounds(db, batches, self._metrics),
                watchdog=self._watchdog,
                is_stopping=self._is_stopping,
                on_error=self._stumble,
            )
            for name, batches in self._batches.items()
        }

    @property
    def connections(self) -> int:
        """How many the worker itself may hold at once."""
        runners = sum(consumer.lanes_at_once for consumer in self._reactions.consumers.values())
        return runners + len(self._reactions.periodic) + 2

    def wake(self, consumers: Iterable[str] = ()) -> None:
        """Something was announced, to these consumers if it is known: look now, not at the next poll."""
        names = list(consumers)
        if not names or ANY_CONSUMER in names:
            self._wake.set()
        for name in names:
            if name in self._runners:
                self._runners[name].call()

    def stop(self) -> None:
        self._is_stopping.set()
        self._wake.set()
        for runners in self._runners.values():
            runners.call()

    async def run(self) -> None:
        self._watchdog.start()
        self._warn_of_the_unhandled()
        careful_until = asyncio.get_running_loop().time() + self._careful_seconds
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._scout())
                tasks.create_task(self._measure())
                for runners in self._runners.values():
                    runners.careful_until = careful_until
                    for _ in range(runners.at_once):
                        tasks.create_task(runners.run())
                for job in self._reactions.periodic:
                    tasks.create_task(run_periodically(self._db, job, self._metrics, self._is_stopping))
        finally:
            self._watchdog.stop()

    async def _scout(self) -> None:
        """Find what no wake has told of: all of it without Valkey, and what is due again after a failure."""
        wait = SHORTEST_WAIT_SECONDS
        has_lanes = False
        while not self._is_stopping.is_set():
            self._watchdog.promise("scout", within_seconds=STALL_SECONDS)
            self._wake.clear()
            try:
                if not has_lanes:
                    await self._insert_lanes()
                    has_lanes = True
                is_news = await self._find_work()
            except Exception as error:
                self._stumble("scout", error)
                is_news = False
                wait = LONGEST_WAIT_SECONDS
            wait = SHORTEST_WAIT_SECONDS if is_news else min(wait * 2, LONGEST_WAIT_SECONDS)
            if await self._woken_within(wait):
                wait = SHORTEST_WAIT_SECONDS
        self._watchdog.keep("scout")

    async def _insert_lanes(self) -> None:
        async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
            await queries.insert_lanes(tx, lanes=LANES, consumers=list(self._batches))

    async def _find_work(self) -> bool:
        """Call runners of what is due; whether any of them had not been called already."""
        kinds = sorted({kind for batches in self._batches.values() for kind in batches.kinds})
        async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
            due = await queries.select_due_lanes(tx, consumers=list(self._batches), kinds=kinds)
        lanes: defaultdict[str, list[tuple[int, bool]]] = defaultdict(list)
        for name, number, has_strikes in due:
            lanes[name].append((number, has_strikes))
        is_news = False
        for name, found in lanes.items():
            was_called = self._runners[name].is_called
            if self._runners[name].find(found) and not was_called:
                is_news = True
        return is_news

    async def _woken_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(MOMENT_SECONDS)
        return True

    async def _measure(self) -> None:
        while not self._is_stopping.is_set():
            try:
                async with self._db.connection(deadline_seconds=SCOUT_DEADLINE_SECONDS) as tx:
                    lags = await queries.select_lags(tx)
                    dead = await count_dead_letters(tx)
                for name, seconds in lags.items():
                    self._metrics.lag.labels(name).set(seconds)
                for name, letters in dead.items():
                    self._metrics.dead_letters.labels(name).set(letters)
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
