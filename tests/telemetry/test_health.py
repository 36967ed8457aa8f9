"""Ready means: the database answers and has our schema. Valkey being away only degrades."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from hubbub.platform.db import Database, open_database
from hubbub.platform.telemetry.health import HealthProbe
from hubbub.platform.valkey import Valkey, open_valkey

NOBODY = "127.0.0.1:1"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url, pool_size=2)
    yield database
    await database.close()


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url)
    yield client
    await client.close()


async def test_both_engines_answering_is_ready(db: Database, valkey: Valkey) -> None:
    probe = HealthProbe(db, valkey)

    for _ in range(2):
        found = await probe.ready()
        assert (found.status, found.database, found.valkey) == ("ready", "ok", "ok")
        assert found.is_ready


async def test_a_crowd_that_asks_costs_one_question(db: Database, valkey: Valkey) -> None:
    probe = HealthProbe(db, valkey)
    await probe.ready()

    with db.recorded_statements() as statements:
        found = await asyncio.gather(*(probe.ready() for _ in range(50)))

    assert {each.status for each in found} == {"ready"}
    assert statements == ["SELECT 1"]


async def test_who_stops_waiting_does_not_stop_the_others(db: Database, valkey: Valkey) -> None:
    probe = HealthProbe(db, valkey)
    first, second = asyncio.create_task(probe.ready()), asyncio.create_task(probe.ready())
    await asyncio.sleep(0)

    first.cancel()

    assert (await second).is_ready


async def test_valkey_away_is_degraded_but_ready(db: Database) -> None:
    nobody = await open_valkey(f"redis://{NOBODY}")
    try:
        found = await HealthProbe(db, nobody).ready()
    finally:
        await nobody.close()

    assert (found.status, found.valkey, found.is_ready) == ("degraded", "unreachable", True)


async def test_database_without_our_schema_is_unready(
    fresh_database_url: Callable[..., str], valkey: Valkey
) -> None:
    database = await open_database(fresh_database_url(is_migrated=False), pool_size=1)
    try:
        found = await HealthProbe(database, valkey).ready()
    finally:
        await database.close()

    assert (found.status, found.database, found.is_ready) == ("unready", "wrong_schema", False)


async def test_database_that_went_away_is_unready_within_a_second(
    fresh_database_url: Callable[..., str], valkey: Valkey
) -> None:
    database = await open_database(fresh_database_url(), pool_size=1)
    probe = HealthProbe(database, valkey)
    assert (await probe.ready()).is_ready
    await database.close()

    started = time.monotonic()
    found = await probe.ready()

    assert (found.status, found.database) == ("unready", "unreachable")
    assert time.monotonic() - started < 1.5


async def test_database_that_does_not_answer_is_unready_within_a_second(db: Database, valkey: Valkey) -> None:
    probe = HealthProbe(db, valkey)
    assert (await probe.ready()).is_ready

    async with db.connection() as first, db.connection() as second:
        assert first is not second  # the pool is empty now
        started = time.monotonic()
        found = await probe.ready()

    assert found.database == "unreachable"
    assert 0.5 < time.monotonic() - started < 1.5
