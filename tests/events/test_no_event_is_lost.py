import asyncio
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from hubbub.platform.db import Database
from hubbub.platform.outbox import announce
from tests.events.samples import SampleMuted, SampleRung, pending_events, recorded, ring, until

ROOT = Path(__file__).parents[2]
WRITERS = 6
SECONDS = 2.5


async def start_worker(url: str) -> asyncio.subprocess.Process:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.events.worker_process", url, env={**os.environ, "PYTHONPATH": path}
    )


async def end(worker: asyncio.subprocess.Process) -> None:
    if worker.returncode is None:
        worker.kill()
    await worker.wait()


async def write_events(db: Database, writer: int, until_time: float) -> list[int]:
    """Numbers announced by commits that were acknowledged; some transactions are slow, some roll back."""
    rng, number = random.Random(writer), writer * 1_000_000
    announced: list[int] = []
    while time.monotonic() < until_time:
        numbers = range(number, number + rng.randint(1, 5))
        number = numbers.stop
        cls = rng.choice([SampleRung, SampleMuted])
        try:
            async with db.transaction() as tx:
                await announce(tx, *(cls(bell_id=rng.randrange(200), number=n) for n in numbers))
                await asyncio.sleep(rng.choice([0, 0, 0, 0.01, 0.03]))
                if rng.random() < 0.1:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue
        announced += numbers
    return announced


async def test_none_is_missed_and_none_doubled_though_workers_are_killed(
    database_url: str, db: Database
) -> None:
    workers = [await start_worker(database_url) for _ in range(2)]
    writers = [
        asyncio.create_task(write_events(db, number, time.monotonic() + SECONDS)) for number in range(WRITERS)
    ]

    async def is_busy() -> bool:
        return len(await recorded(db)) > 50

    async def is_drained() -> bool:
        return await pending_events(db) == 0

    try:
        await until(is_busy)
        await end(workers[0])
        workers.append(await start_worker(database_url))
        await asyncio.sleep(0.5)
        await end(workers[1])
        workers.append(await start_worker(database_url))
        announced = [number for numbers in await asyncio.gather(*writers) for number in numbers]
        await until(is_drained, seconds=20)
    finally:
        for worker in workers:
            await end(worker)
    handled = Counter(await recorded(db))

    assert len(announced) > 500
    assert sorted(announced) == sorted(handled.elements())


async def test_a_reader_that_remembers_the_last_id_misses_events(db: Database) -> None:
    """Why rows are deleted rather than passed by: ids are made before commits, which overtake each other."""
    seen: list[int] = []
    is_announced, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction() as tx:
            await announce(tx, SampleRung(bell_id=1, number=1))
            is_announced.set()
            await may_commit.wait()

    async def read_after(last_id: int) -> int:
        async with db.connection() as tx:
            rows = await tx.fetch(
                "SELECT id, (body->>'number')::int AS number FROM outbox WHERE id > $1 ORDER BY id", last_id
            )
        seen.extend(row["number"] for row in rows)
        return max([last_id, *(int(row["id"]) for row in rows)])

    writing = asyncio.create_task(slow())
    await is_announced.wait()
    await ring(db, 2)
    cursor = await read_after(0)
    may_commit.set()
    await writing
    await read_after(cursor)

    assert seen == [2]
    assert await pending_events(db) == 2
