"""Six writers at once, workers that come and go; beside them a reader that trusts a cursor, which fails.

HUBBUB_TEST_PROFILE=long gives it a minute.
"""

import asyncio
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from hubbub.platform.db import Database
from hubbub.platform.outbox import announce
from tests.events.samples import SampleTolled, pending_events, recorded, until

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
pytestmark = pytest.mark.timeout(900 if IS_LONG else 120)
WRITERS = 6
WORKERS = 3
SECONDS = 60.0 if IS_LONG else 3.0
KILL_EVERY_SECONDS = 2.0 if IS_LONG else 0.6


async def start_worker(url: str) -> asyncio.subprocess.Process:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.events.worker_process", url, env={**os.environ, "PYTHONPATH": path}
    )


async def end(worker: asyncio.subprocess.Process) -> None:
    if worker.returncode is None:
        worker.kill()
    await worker.wait()


class Writer:
    """Announces numbers of its own in transactions of random length, of which one in ten is rolled back."""

    def __init__(self, number: int) -> None:
        self._rng = random.Random(number)
        self._next = number * 1_000_000
        self.committed: list[int] = []
        self.rolled_back: list[int] = []

    async def run(self, db: Database, *, until_time: float) -> None:
        while time.monotonic() < until_time:
            numbers = range(self._next, self._next + self._rng.randint(1, 5))
            self._next = numbers.stop
            try:
                await self._announce(db, numbers, is_good=self._rng.random() >= 0.1)
                self.committed += numbers
            except ZeroDivisionError:
                self.rolled_back += numbers

    async def _announce(self, db: Database, numbers: range, *, is_good: bool) -> None:
        async with db.transaction() as tx:
            for number in numbers:
                await announce(tx, SampleTolled(bell_id=self._rng.randrange(200), number=number))
                await asyncio.sleep(self._rng.choice([0, 0, 0.002, 0.01, 0.03]))
            if not is_good:
                raise ZeroDivisionError


class CursorReader:
    """The naive way to read a log: all that is above the last id seen."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._last = 0

    async def read(self, db: Database) -> None:
        async with db.connection() as tx:
            rows = await tx.fetch(
                "SELECT id, (body->>'number')::int AS number FROM outbox"
                " WHERE consumer = 'learn' AND id > $1 ORDER BY id",
                self._last,
            )
        self.seen += [row["number"] for row in rows]
        self._last = max([self._last, *(row["id"] for row in rows)])

    async def run(self, db: Database, *, is_over: Callable[[], bool]) -> None:
        while not is_over():
            await self.read(db)
            await asyncio.sleep(0.005)
        await self.read(db)


async def kill_now_and_then(url: str, workers: list[asyncio.subprocess.Process], until_time: float) -> None:
    rng = random.Random(7)
    while time.monotonic() < until_time:
        await asyncio.sleep(KILL_EVERY_SECONDS * rng.uniform(0.5, 1.5))
        await end(workers.pop(rng.randrange(len(workers))))
        workers.append(await start_worker(url))


async def test_every_committed_event_is_handled_once_and_a_cursor_misses_some(
    database_url: str, db: Database
) -> None:
    workers = [await start_worker(database_url) for _ in range(WORKERS)]
    ends_at = time.monotonic() + SECONDS
    writers = [Writer(number) for number in range(1, WRITERS + 1)]
    cursor = CursorReader()
    writing = asyncio.gather(*(writer.run(db, until_time=ends_at) for writer in writers))

    async def is_drained() -> bool:
        return await pending_events(db) == 0

    try:
        await asyncio.gather(
            writing,
            cursor.run(db, is_over=writing.done),
            kill_now_and_then(database_url, workers, ends_at),
        )
        await until(is_drained, seconds=30)
    finally:
        for worker in workers:
            await end(worker)
    committed = {number for writer in writers for number in writer.committed}
    handled = Counter(await recorded(db))

    assert len(committed) > 200 * SECONDS / 3
    assert any(writer.rolled_back for writer in writers)
    assert handled == Counter(committed)
    missed = committed.difference(cursor.seen)
    log.info("a cursor misses %d of %d events", len(missed), len(committed))
    assert len(missed) > len(committed) / 100


async def test_a_reader_that_remembers_the_last_id_misses_what_commits_late(db: Database) -> None:
    """Why rows are deleted rather than passed by: ids are made before commits, which overtake each other."""
    cursor = CursorReader()
    is_announced, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction() as tx:
            await announce(tx, SampleTolled(bell_id=1, number=1))
            is_announced.set()
            await may_commit.wait()

    writing = asyncio.create_task(slow())
    await is_announced.wait()
    async with db.transaction() as tx:
        await announce(tx, SampleTolled(bell_id=1, number=2))
    await cursor.read(db)
    may_commit.set()
    await writing
    await cursor.read(db)

    assert cursor.seen == [2]
    assert await pending_events(db) == 2
