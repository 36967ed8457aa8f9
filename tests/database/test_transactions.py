import asyncio
from collections import Counter

import asyncpg
import pytest

from hubbub.errors import NotFound
from hubbub.platform.db import Database, DatabaseUnavailable, NotCommitted, Tx, open_database


async def insert(tx: Tx, subject_id: int = 1) -> None:
    await tx.execute("INSERT INTO count_deltas VALUES ($1, 1, 1)", subject_id)


async def rows(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM count_deltas"))


async def open_transactions(db: Database) -> int:
    async with db.connection() as tx:
        return int(
            await tx.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'hubbub' AND state LIKE 'idle in transaction%'"
            )
        )


async def test_a_clean_exit_commits_and_an_error_rolls_back(db: Database) -> None:
    async def fail(tx: Tx) -> None:
        await insert(tx)
        raise NotFound

    await db.write(insert)
    with pytest.raises(NotFound):
        await db.write(fail)

    assert await rows(db) == 1
    assert await open_transactions(db) == 0


@pytest.mark.parametrize("error", [NotFound(), TimeoutError("smtp"), OSError("disk"), ValueError()])
async def test_errors_of_the_block_pass_through_as_they_are(db: Database, error: Exception) -> None:
    async def fail(tx: Tx) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await db.write(fail)

    assert caught.value is error


async def test_a_wrong_parameter_is_a_bug_and_not_an_outage(db: Database) -> None:
    async with db.connection() as tx:
        with pytest.raises(asyncpg.DataError):
            await tx.fetchval("SELECT $1::integer", "seven")


async def test_the_deadline_interrupts_what_is_not_the_database(db: Database) -> None:
    async def dawdle(tx: Tx) -> None:
        await insert(tx)
        await asyncio.sleep(30)

    with pytest.raises(DatabaseUnavailable):
        await db.write(dawdle, deadline_seconds=0.1)

    assert await rows(db) == 0


async def test_cancelling_leaves_no_half_transaction_and_no_poisoned_connection(
    database_url: str, clean: None
) -> None:
    db = await open_database(database_url, pool_size=2, deadline_seconds=5)

    async def twice(seconds: float) -> None:
        async with db.transaction() as tx:
            await insert(tx)
            await tx.execute("SELECT pg_sleep($1)", seconds)
            await insert(tx)

    for number in range(30):
        task = asyncio.create_task(twice(0.02))
        await asyncio.sleep(0.0015 * number)
        task.cancel()
        await asyncio.wait({task})
    total = await rows(db)
    answers = await asyncio.gather(*(db.write(insert) for _ in range(2)))
    open_after = await open_transactions(db)
    await db.close()

    assert total % 2 == 0
    assert len(answers) == 2
    assert open_after == 0


async def test_a_swallowed_error_cannot_pass_for_a_commit(db: Database) -> None:
    async def swallow(tx: Tx) -> None:
        await insert(tx)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await tx.execute("SELECT 1 / 0")

    with pytest.raises(NotCommitted):
        await db.write(swallow)

    assert await rows(db) == 0


async def test_an_error_within_a_savepoint_may_be_swallowed(db: Database) -> None:
    async def try_out(tx: Tx) -> None:
        async with tx.transaction():
            await tx.execute("SELECT 1 / 0")

    async def swallow(tx: Tx) -> None:
        await insert(tx)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await try_out(tx)

    await db.write(swallow)

    assert await rows(db) == 1


async def test_deadlocks_are_retried_until_both_writes_are_done(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO counts VALUES (1, 1, 0), (2, 1, 0)")
    runs: Counter[tuple[int, int]] = Counter()
    both_began = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async def effect(tx: Tx) -> None:
            runs[first, second] += 1
            await tx.execute("UPDATE counts SET value = value + 1 WHERE subject_id = $1", first)
            if sum(runs.values()) <= 2:
                await both_began.wait()
            await tx.execute("UPDATE counts SET value = value + 1 WHERE subject_id = $1", second)

        await db.write(effect, deadline_seconds=8)

    await asyncio.gather(update(1, 2), update(2, 1))

    async with db.connection() as tx:
        assert [row["value"] for row in await tx.fetch("SELECT value FROM counts")] == [2, 2]
    assert sum(runs.values()) > 2


async def test_a_write_that_always_loses_is_unavailable_after_four_runs(db: Database) -> None:
    runs = 0

    async def lose(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        raise asyncpg.SerializationError("lost")

    with pytest.raises(DatabaseUnavailable):
        await db.write(lose)

    assert runs == 4


async def test_recorded_statements_are_those_of_the_block(db: Database) -> None:
    await db.write(insert)
    with db.recorded_statements() as statements:
        await db.write(insert)
    await db.write(insert)

    assert len(statements) == 3


async def test_a_statement_is_planned_once_however_its_values_vary(db: Database) -> None:
    statement = "SELECT number FROM id_workers WHERE number = ANY($1::smallint[])"

    async with db.connection() as tx:
        for number in range(12):
            await tx.fetch(statement, [number])
        plans = await tx.fetchrow(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1", statement
        )

    assert plans is not None
    assert (plans["generic_plans"], plans["custom_plans"]) == (12, 0)


async def test_a_column_added_meanwhile_does_not_break_a_write(db: Database) -> None:
    async def read(tx: Tx) -> int:
        return len(await tx.fetch("SELECT * FROM schema_migrations LIMIT 1"))

    for _ in range(3):
        await db.write(read)
    async with db.connection() as tx:
        await tx.execute("ALTER TABLE schema_migrations ADD COLUMN extra int")
    try:
        assert await db.write(read) == 1
    finally:
        async with db.connection() as tx:
            await tx.execute("ALTER TABLE schema_migrations DROP COLUMN extra")
