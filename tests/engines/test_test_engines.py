import os
from collections.abc import Callable

import asyncpg
import pytest
import redis.asyncio

from tests.support.engines import Cleaner


async def _fill(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO count_deltas (subject_id, kind, delta) VALUES (1, 1, 1)")
    await connection.close()


async def _count(database_url: str, table: str) -> int:
    connection = await asyncpg.connect(database_url)
    count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
    await connection.close()
    return count


@pytest.mark.usefixtures("clean")
async def test_cleaning_empties_tables_and_valkey(
    database_url: str, valkey_url: str, cleaner: Cleaner
) -> None:
    await _fill(database_url)
    valkey = redis.asyncio.Redis.from_url(valkey_url)
    await valkey.set("key", "value")

    cleaner.clean()

    assert await _count(database_url, "count_deltas") == 0
    assert await valkey.dbsize() == 0
    await valkey.aclose()


@pytest.mark.usefixtures("clean")
async def test_cleaning_empties_tables_that_have_grown(database_url: str, cleaner: Cleaner) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO count_deltas SELECT n, 1, 1 FROM generate_series(1, 5000) AS n")
    await connection.close()

    cleaner.clean()

    assert await _count(database_url, "count_deltas") == 0


async def test_fresh_databases_are_apart(fresh_database_url: Callable[..., str]) -> None:
    first, second = fresh_database_url(), fresh_database_url()
    await _fill(first)

    assert await _count(first, "count_deltas") == 1
    assert await _count(second, "count_deltas") == 0


@pytest.mark.skipif("HUBBUB_TEST_DATABASE_URL" in os.environ, reason="the role is the given one")
async def test_the_role_of_the_app_is_no_superuser(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    assert await connection.fetchval("SELECT current_setting('is_superuser')") == "off"
    await connection.close()
