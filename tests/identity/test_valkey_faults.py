"""Valkey is frozen, killed and comes back, while sessions end."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hubbub.settings import Secret
from tests.support.identity import seconds_until, status
from tests.support.world import Person, World, open_world, settings_for
from tests.valkey.server import Server, running_server

# A call that waits for the deadline, on top of the second.
ALLOWED_SECONDS = 1.3


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@dataclass(frozen=True)
class Pair:
    """Two processes with a Valkey that a test may hurt."""

    one: World
    two: World
    ada: Person


@pytest.fixture
async def pair(server: Server, database_url: str, clean: None, tmp_path: Path) -> AsyncIterator[Pair]:
    settings = settings_for(database_url, server.url, tmp_path)
    valkey = replace(settings.valkey, url=Secret(server.url), deadline_seconds=0.1)
    async with AsyncExitStack() as stack:
        worlds = [
            await stack.enter_async_context(open_world(replace(settings, valkey=valkey))) for _ in range(2)
        ]
        pair = Pair(worlds[0], worlds[1], await worlds[0].person("ada"))
        assert {await status(world, pair.ada) for world in worlds} == {200}
        yield pair


async def test_a_session_ends_while_valkey_is_frozen_and_stays_ended_when_it_thaws(
    pair: Pair, server: Server
) -> None:
    server.freeze()
    reply = await pair.one.post("/v1/auth/logout", by=pair.ada)

    assert reply.status_code == 204
    assert await seconds_until(pair.two, pair.ada, 401) < ALLOWED_SECONDS
    server.thaw()
    await pair.one.settle()
    assert await seconds_until(pair.two, pair.ada, 401) < ALLOWED_SECONDS
    assert (await status(pair.one, pair.ada)) == 401


async def test_a_session_ends_while_valkey_is_dead_and_stays_ended_when_it_is_back(
    pair: Pair, server: Server
) -> None:
    server.kill()
    reply = await pair.one.post("/v1/auth/logout", by=pair.ada)

    assert reply.status_code == 204
    assert await seconds_until(pair.two, pair.ada, 401) < ALLOWED_SECONDS
    server.start()
    assert await seconds_until(pair.two, pair.ada, 401) < ALLOWED_SECONDS
    assert (await status(pair.one, pair.ada)) == 401


async def test_people_stay_logged_in_while_valkey_is_dead(pair: Pair, server: Server) -> None:
    server.kill()

    assert await status(pair.two, pair.ada) == 200
    assert await seconds_until(pair.one, pair.ada, 200) < ALLOWED_SECONDS
