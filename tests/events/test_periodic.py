import asyncio
import threading
import time

import pytest

from hubbub.platform.db import Database, open_database
from hubbub.platform.outbox import Periodic, Reactions, Watchdog, list_jobs
from hubbub.platform.outbox.periodic import run_if_due
from tests.events.samples import RECORD, until, working


async def make_due(db: Database) -> None:
    async with db.connection() as tx:
        await tx.execute("UPDATE periodic_jobs SET due_at = now()")


async def test_a_job_is_run_by_one_of_many_workers(database_url: str, db: Database) -> None:
    runs: list[float] = []

    async def run(db: Database) -> None:
        runs.append(time.monotonic())
        await asyncio.sleep(0.05)

    job = Periodic("sample", 3600, run)
    other = await open_database(database_url)
    outcomes = await asyncio.gather(*(run_if_due(where, job) for where in (db, other) * 4))
    await other.close()

    assert len(runs) == 1
    assert sorted(outcomes, key=str) == [None] * 7 + ["done"]


async def due_in(db: Database) -> float:
    async with db.connection() as tx:
        return float(
            await tx.fetchval("SELECT extract(epoch FROM due_at - now())::float8 FROM periodic_jobs")
        )


async def test_a_job_is_due_again_after_its_interval(db: Database) -> None:
    async def succeed(db: Database) -> None: ...

    await run_if_due(db, Periodic("sample", 100, succeed))

    assert await due_in(db) == pytest.approx(100, abs=2)


async def test_a_job_that_fails_is_tried_again_sooner_then_later_and_says_why(db: Database) -> None:
    async def fail(db: Database) -> None:
        raise ZeroDivisionError("no such luck")

    waits = []
    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            await run_if_due(db, Periodic("sample", 100, fail))
        waits.append(await due_in(db))
        await make_due(db)
    [failing] = await list_jobs(db)

    async def succeed(db: Database) -> None: ...

    await run_if_due(db, Periodic("sample", 100, succeed))
    [mended] = await list_jobs(db)

    assert waits == pytest.approx([15, 30, 60, 100], abs=2)
    assert (failing.failures, failing.succeeded_at) == (4, None)
    assert failing.error.endswith("ZeroDivisionError: no such luck\n")
    assert (mended.failures, mended.error) == (0, failing.error)
    assert mended.succeeded_at is not None


async def test_a_job_that_fails_often_is_not_put_off_beyond_its_interval(db: Database) -> None:
    async def fail(db: Database) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_if_due(db, Periodic("sample", 2, fail))

    assert await due_in(db) == pytest.approx(2, abs=1)


async def test_a_job_of_a_dead_worker_is_taken_up_by_another(db: Database) -> None:
    async def die(db: Database) -> None:
        raise asyncio.CancelledError

    async def live(db: Database) -> None: ...

    with pytest.raises(asyncio.CancelledError):
        await run_if_due(db, Periodic("sample", 3600, die))
    early = await run_if_due(db, Periodic("sample", 3600, live))
    await make_due(db)

    assert early is None
    assert await run_if_due(db, Periodic("sample", 3600, live)) == "done"


async def test_a_job_that_hangs_is_cut(db: Database) -> None:
    async def hang(db: Database) -> None:
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await run_if_due(db, Periodic("sample", 1, hang, within_seconds=0.05))


async def test_the_worker_runs_jobs_again_and_again_though_some_fail(db: Database) -> None:
    runs: list[int] = []

    async def run(db: Database) -> None:
        runs.append(1)
        if len(runs) == 2:
            raise ZeroDivisionError

    reactions = Reactions([RECORD])
    reactions.every(Periodic("sample", 0.02, run))

    async def is_run_often() -> bool:
        return len(runs) >= 4

    async with working(db, reactions):
        await until(is_run_often)


def test_the_watchdog_bites_when_the_loop_stands_still() -> None:
    bitten = threading.Event()
    dog = Watchdog(on_stall=bitten.set, every_seconds=0.01)
    dog.start()
    dog.promise("scout", within_seconds=0.05)
    dog.promise("lane", within_seconds=0.05)

    dog.keep("lane")
    dog.promise("scout", within_seconds=60)
    is_bitten_while_kept = bitten.wait(0.15)
    dog.promise("scout", within_seconds=0.02)

    assert not is_bitten_while_kept
    assert bitten.wait(2)
    dog.stop()
