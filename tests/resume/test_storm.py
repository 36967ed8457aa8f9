"""Connections are lost at random while people write: each device is told everything once, in order.

Or it is told to reload, and only where Valkey has lost what it held. HUBBUB_TEST_PROFILE=long loses a
thousand connections.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.resume.storm import Storm, open_storm
from tests.support.world import World, open_world, settings_for
from tests.valkey.server import Server, running_server

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
pytestmark = pytest.mark.timeout(1200 if IS_LONG else 180)
DISCONNECTS = 500 if IS_LONG else 50
ROUNDS = 5 if IS_LONG else 1
log = logging.getLogger(__name__)
PAUSES = (0.2, 0.8)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """For tests that hurt it."""
    with running_server() as server:
        yield server


@pytest.fixture
async def world(database_url: str, own_server: Server, clean: None, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(settings_for(database_url, own_server.url, tmp_path)) as world:
        yield world


async def test_each_device_is_told_everything_once_and_in_order_or_to_reload(
    world: World, own_server: Server
) -> None:
    async with open_storm(world, seed=1) as storm:
        lost = await storm.blow(lambda: _kill_processes(storm), rounds=ROUNDS, disconnects=DISCONNECTS)
        assert await storm.faults() == []
        assert storm.resets == 0

        lost += await storm.blow(
            lambda: _hurt_valkey(storm, own_server), rounds=ROUNDS, disconnects=DISCONNECTS
        )
        assert await storm.faults() == []
        assert storm.resets > 0
        assert storm.house.complaints() == []
    log.info("%s, statuses %s, %s resets", storm.tally, dict(storm.crowd.statuses), storm.resets)
    assert lost >= 2 * DISCONNECTS


async def _kill_processes(storm: Storm) -> None:
    await _pause(storm)
    await storm.world.services.valkey.command("CLIENT", "KILL", "TYPE", "pubsub")
    await _pause(storm)
    await storm.house.kill_worker(storm.chance.randrange(2))
    await _pause(storm)
    await storm.house.kill_api(storm.chance.randrange(4))


async def _hurt_valkey(storm: Storm, server: Server) -> None:
    """It is emptied; dies and comes back with nothing; dies and comes back with what was long ago."""
    valkey = storm.world.services.valkey
    await _pause(storm)
    await valkey.command("FLUSHALL")
    await _pause(storm)
    await valkey.command("SAVE")
    await _pause(storm)
    server.kill()
    await _pause(storm)
    await asyncio.to_thread(server.start)
    await storm.house.kill_worker(storm.chance.randrange(2))
    await _pause(storm)
    server.kill()
    server.snapshot.unlink()
    await _pause(storm)
    await asyncio.to_thread(server.start)
    await _pause(storm)


async def _pause(storm: Storm) -> None:
    await asyncio.sleep(storm.chance.uniform(*PAUSES))
