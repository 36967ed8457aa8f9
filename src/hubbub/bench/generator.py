"""Sends shots: when they are due, whatever became of earlier ones (open), or as answers come (closed)."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from hubbub.bench.alarm import Alarm
from hubbub.bench.histogram import Histogram
from hubbub.bench.mix import Shot
from hubbub.bench.outcome import LATE_SECONDS, Outcome
from hubbub.bench.pool import Pool

PATIENCE_SECONDS = 5.0
"""Answers that take longer than this count as dropped."""
MOST_WAITING = 1_000
"""Shots that wait for a free connection; more are dropped."""
AT_A_TIME = 32
"""Shots sent before answers are looked at again, when many are due at once."""


class Learner(Protocol):
    def learn(self, shot: Shot, head: bytes, body: bytes) -> None: ...


class _Run:
    """Counts what comes of the shots of one run. Those due before `warm_up` are sent and not counted."""

    def __init__(self, pool: Pool, learner: Learner | None, warm_up: float) -> None:
        self.pool = pool
        self.outcome = Outcome()
        self.done = asyncio.Event()
        self.started = time.perf_counter()
        self._learner = learner
        self._warm_up = warm_up
        self._under_way = 0
        self._is_last_sent = False
        pool.sink = self

    def fire(self, shot: Shot) -> None:
        self._under_way += 1
        self.pool.fire(shot)

    def last_sent(self) -> None:
        self._is_last_sent = True
        self._look()

    def counts(self, shot: Shot) -> bool:
        return shot.due >= self._warm_up

    def answered(self, shot: Shot, status: int, head: bytes, body: bytes) -> None:
        took = time.perf_counter() - self.started - shot.due
        self._under_way -= 1
        if self.counts(shot):
            self._count(shot, status, body, took)
        if self._learner is not None and status < 400:
            self._learner.learn(shot, head, body)
        self.next()

    def broke(self, shot: Shot, why: str) -> None:
        self._under_way -= 1
        if self.counts(shot):
            self.outcome.statuses[why] += 1
            self.outcome.example = self.outcome.example or f"{shot.operation}: {why}"
        self.next()

    def next(self) -> None:
        self._look()

    def _count(self, shot: Shot, status: int, body: bytes, took: float) -> None:
        outcome = self.outcome
        if 200 <= status < 300 or status == 304:
            histogram = outcome.latencies.get(shot.operation)
            if histogram is None:
                histogram = outcome.latencies[shot.operation] = Histogram()
            histogram.add(took)
            second = outcome.seconds_of.get(int(shot.due))
            if second is None:
                second = outcome.seconds_of[int(shot.due)] = Histogram()
            second.add(took)
            outcome.body_bytes += len(body)
            return
        outcome.statuses[str(status)] += 1
        if not outcome.example:
            outcome.example = f"{shot.operation}: {status} {body[:300].decode('utf-8', 'replace')}"

    def _look(self) -> None:
        if self._is_last_sent and not self._under_way:
            self.done.set()

    async def finish(self, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds + PATIENCE_SECONDS):
                await self.done.wait()
        except TimeoutError:
            pass
        self.pool.sink = None
        self.outcome.dropped += sum(map(self.counts, self.pool.give_up()))
        return self.outcome


class _OpenRun(_Run):
    def __init__(self, pool: Pool, learner: Learner | None, warm_up: float, shots: Iterator[Shot]) -> None:
        super().__init__(pool, learner, warm_up)
        self._shots = shots
        self._upcoming = next(shots, None)
        self.alarm = Alarm(self.ring)

    def ring(self) -> None:
        for _ in range(AT_A_TIME):
            shot = self._upcoming
            if shot is None:
                self.last_sent()
                return
            late = time.perf_counter() - self.started - shot.due
            if late < 0:
                self.alarm.set(-late)
                return
            self._send(shot, late)
            self._upcoming = next(self._shots, None)
        self.alarm.set(0)

    def _send(self, shot: Shot, late: float) -> None:
        if self.counts(shot):
            self.outcome.sent += 1
            self.outcome.lateness.add(late)
            self.outcome.late += late > LATE_SECONDS
        if self.pool.waiting < MOST_WAITING:
            self.fire(shot)
        elif self.counts(shot):
            self.outcome.dropped += 1


class _ClosedRun(_Run):
    def __init__(
        self, pool: Pool, learner: Learner | None, warm_up: float, make: Callable[[float], Shot | None]
    ) -> None:
        super().__init__(pool, learner, warm_up)
        self._make = make
        self.ends_at = float("inf")

    def next(self) -> None:
        at = time.perf_counter() - self.started
        shot = self._make(at) if at < self.ends_at else None
        if shot is None:
            self.last_sent()
        else:
            self.fire(shot)


async def run_open(
    pool: Pool,
    shots: Iterator[Shot],
    *,
    seconds: float,
    warm_up: float = 0.0,
    learner: Learner | None = None,
) -> Outcome:
    """Send each shot when it is due, for `seconds`; those of the first `warm_up` seconds do not count."""
    run = _OpenRun(pool, learner, warm_up, shots)
    with _Measured(run.outcome):
        run.started = time.perf_counter()
        run.ring()
        try:
            outcome = await run.finish(seconds)
        finally:
            run.alarm.close()
    outcome.seconds = seconds - warm_up
    return outcome


async def run_closed(
    pool: Pool,
    make: Callable[[float], Shot | None],
    *,
    seconds: float,
    warm_up: float = 0.0,
    learner: Learner | None = None,
    on_start: Callable[[], None] | None = None,
) -> Outcome:
    """Keep every connection of the pool busy until the time is over, or until `make` has no more shots."""
    run = _ClosedRun(pool, learner, warm_up, make)
    run.ends_at = seconds
    with _Measured(run.outcome):
        if on_start is not None:
            on_start()
        run.started = time.perf_counter()
        for _ in range(pool.size):
            run.next()
        outcome = await run.finish(seconds)
        outcome.seconds = time.perf_counter() - run.started - warm_up
    return outcome


class _Measured:
    """CPU of this process meanwhile; no pauses of the garbage collector."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        self._outcome.cpu_share = cpu / wall / (os.cpu_count() or 1)
        gc.enable()
