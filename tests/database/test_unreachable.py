import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from hubbub.platform.db import SLOT_SECONDS, Database, DatabaseUnavailable, Tx, open_database
from tests.support.proxy import Proxy, proxied

DEADLINE = 0.4


@asynccontextmanager
async def behind_proxy(url: str, pool_size: int = 4) -> AsyncIterator[tuple[Database, Proxy]]:
    async with proxied(url) as proxy:
        db = await open_database(proxy.url(url), pool_size=pool_size, deadline_seconds=DEADLINE)
        try:
            yield db, proxy
        finally:
            proxy.is_black_hole = False
            await db.close()


async def select_one(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT 1"))


async def insert_one(db: Database, delta: int = 1) -> None:
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO count_deltas VALUES (1, 1, $1)", delta)


async def rows(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM count_deltas"))
    finally:
        await connection.close()


async def seconds_until_unavailable(work: Awaitable[object]) -> float:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await work
    return time.monotonic() - started


async def seconds_until_ten_answers(db: Database) -> float:
    """Until ten requests in a row, as many at once as there are connections, are answered."""
    started = time.monotonic()
    async with asyncio.timeout(5):
        while True:
            answers = await asyncio.gather(*(select_one(db) for _ in range(10)), return_exceptions=True)
            if answers == [1] * 10:
                return time.monotonic() - started
            await asyncio.sleep(0.02)


async def savepoint_then_wait(db: Database) -> None:
    async with db.transaction() as tx, tx.transaction():
        await tx.fetchval("SELECT 1")


@pytest.mark.parametrize("use", [select_one, insert_one, savepoint_then_wait])
async def test_a_black_hole_is_left_at_the_deadline_and_forgotten_after(
    database_url: str, clean: None, use: Callable[[Database], Awaitable[object]]
) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        await seconds_until_ten_answers(db)

        proxy.is_black_hole = True
        waits = await asyncio.gather(*(seconds_until_unavailable(use(db)) for _ in range(12)))
        proxy.is_black_hole = False
        recovery = await seconds_until_ten_answers(db)

    assert max(waits) < DEADLINE + 0.5
    assert recovery < 2


async def test_a_black_hole_in_the_middle_of_a_savepoint_is_left_at_the_deadline(
    database_url: str, clean: None
) -> None:
    async with behind_proxy(database_url) as (db, proxy):

        async def use() -> None:
            async with db.transaction() as tx, tx.transaction():
                await tx.fetchval("SELECT 1")
                proxy.is_black_hole = True
                await tx.execute("INSERT INTO count_deltas VALUES (1, 1, 1)")

        wait = await seconds_until_unavailable(use())

    assert wait < DEADLINE + 0.5
    assert await rows(database_url) == 0


@pytest.mark.parametrize("is_transaction", [False, True])
async def test_who_is_cancelled_in_a_black_hole_is_let_go_at_once(
    database_url: str, clean: None, is_transaction: bool
) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        is_in_it = asyncio.Event()

        async def use() -> None:
            async with db.transaction() if is_transaction else db.connection() as tx:
                await tx.fetchval("SELECT 1")
                proxy.is_black_hole = True
                is_in_it.set()
                await tx.fetchval("SELECT 2")

        task = asyncio.create_task(use())
        await is_in_it.wait()
        await asyncio.sleep(0.02)
        started = time.monotonic()
        task.cancel()
        await asyncio.wait({task})

    assert task.cancelled()
    assert time.monotonic() - started < 0.15


async def test_connections_that_nobody_used_in_a_black_hole_are_not_trusted_after(
    database_url: str, clean: None
) -> None:
    async with behind_proxy(database_url, pool_size=4) as (db, proxy):
        await asyncio.gather(*(select_one(db) for _ in range(4)))
        before = proxy.accepted

        proxy.is_black_hole = True
        await seconds_until_unavailable(select_one(db))
        proxy.is_black_hole = False
        await asyncio.gather(*(select_one(db) for _ in range(4)))

    assert proxy.accepted - before >= 4


async def test_a_slow_statement_costs_only_its_own_connection(database_url: str, clean: None) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        await asyncio.gather(*(select_one(db) for _ in range(4)))
        before = proxy.accepted

        async def sleep() -> None:
            async with db.connection() as tx:
                await tx.execute("SELECT pg_sleep(30)")

        sleeping = asyncio.create_task(seconds_until_unavailable(sleep()))
        while not sleeping.done():
            await select_one(db)
            await asyncio.sleep(0.01)
        await asyncio.gather(*(select_one(db) for _ in range(4)))

    assert await sleeping < DEADLINE + 0.5
    assert proxy.accepted - before <= 1


async def test_resets_are_unavailable_and_the_pool_refills(database_url: str, clean: None) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        await asyncio.gather(*(select_one(db) for _ in range(4)))

        async def use() -> None:
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO count_deltas VALUES (1, 1, 1)")
                proxy.reset_all()
                await tx.execute("INSERT INTO count_deltas VALUES (1, 1, 2)")

        wait = await seconds_until_unavailable(use())
        recovery = await seconds_until_ten_answers(db)

    assert wait < 0.3
    assert recovery < 1
    assert await rows(database_url) == 0


@pytest.mark.parametrize("limit", [1, 9, 50, 300, 420, 700])
async def test_a_connection_cut_after_any_byte_is_unavailable(
    database_url: str, clean: None, limit: int
) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        proxy.cut_after_bytes = limit
        wait = await seconds_until_unavailable(insert_one(db))
        proxy.cut_after_bytes = None

        assert wait < DEADLINE + 0.5
        assert await select_one(db) == 1


async def test_a_terminated_backend_is_unavailable_once(db: Database) -> None:
    async def use() -> None:
        async with db.transaction() as tx, db.connection() as other:
            pid = await tx.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.execute("INSERT INTO count_deltas VALUES (1, 1, 1)")

    await seconds_until_unavailable(use())

    assert await select_one(db) == 1


async def test_a_stopped_backend_is_left_at_the_deadline(database_url: str, clean: None) -> None:
    db = await open_database(database_url, pool_size=2, deadline_seconds=DEADLINE)
    pids: list[int] = []

    async def use() -> None:
        async with db.transaction() as tx:
            pids.append(await tx.fetchval("SELECT pg_backend_pid()"))
            os.kill(pids[0], signal.SIGSTOP)
            await tx.execute("INSERT INTO count_deltas VALUES (1, 1, 1)")

    try:
        wait = await seconds_until_unavailable(use())
        assert await select_one(db) == 1
    finally:
        os.kill(pids[0], signal.SIGCONT)
        await db.close()

    assert wait < DEADLINE + 0.5


async def test_nobody_listening_is_unavailable_at_once() -> None:
    db = await open_database("postgresql://hubbub@127.0.0.1:1/none", deadline_seconds=DEADLINE)

    wait = await seconds_until_unavailable(select_one(db))
    await db.close()

    assert wait < DEADLINE


async def test_waiting_for_a_free_connection_is_short(database_url: str, clean: None) -> None:
    db = await open_database(database_url, pool_size=1, deadline_seconds=2)
    async with db.connection():
        wait = await seconds_until_unavailable(select_one(db))
    answer = await select_one(db)
    await db.close()

    assert SLOT_SECONDS / 2 < wait < SLOT_SECONDS + 0.5
    assert answer == 1


async def test_latency_within_the_deadline_is_borne(database_url: str, clean: None) -> None:
    async with behind_proxy(database_url) as (db, proxy):
        await select_one(db)
        proxy.latency_seconds = 0.05

        assert await select_one(db) == 1


async def test_a_write_does_not_outlast_its_deadline_by_retrying(db: Database) -> None:
    async def lose(tx: Tx) -> None:
        await asyncio.sleep(0.1)
        raise asyncpg.SerializationError("lost")

    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await db.write(lose, deadline_seconds=0.15)

    assert time.monotonic() - started < 0.4
