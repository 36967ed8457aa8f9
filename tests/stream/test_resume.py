"""Clients lose their connections to real processes while people write, workers die and Valkey suffers.

Each event comes once and in order, or a reset says that it may not have come. HUBBUB_TEST_PROFILE=long breaks
a thousand connections of forty clients to four processes for each trouble.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from hubbub.platform.engines.ports import claim_port
from hubbub.settings import Secret
from tests.events.processes import Running, running, start
from tests.events.samples import until
from tests.stream.support import bearer
from tests.stream.wanderers import Wanderer
from tests.support.world import Person, World, open_world, settings_for
from tests.valkey.server import Server, running_server

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
pytestmark = pytest.mark.timeout(600 if IS_LONG else 120)
PROCESSES, CLIENTS, BREAKS = (4, 40, 1000) if IS_LONG else (2, 8, 60)
Trouble = Callable[["Scene"], object]


@dataclass
class Scene:
    """A system of real processes with a Valkey of its own."""

    world: World
    valkey: Server
    ports: list[int]
    worker: Running
    author: Person
    http: httpx.AsyncClient

    async def write(self) -> tuple[int, float]:
        """The id of a post, and when it was there at the earliest."""
        at = time.time()
        while True:
            url = f"http://127.0.0.1:{random.choice(self.ports)}/v1/posts"
            try:
                reply = await self.http.post(url, headers=bearer(self.author), json={"text": "A few words"})
            except httpx.TransportError:
                continue
            if reply.is_success:
                return int(reply.json()["id"]), at
            await asyncio.sleep(0.05)


@pytest.fixture
def valkey() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
async def scene(valkey: Server, database_url: str, clean: None, tmp_path: Path) -> AsyncIterator[Scene]:
    settings = settings_for(database_url, valkey.url, tmp_path)
    settings = replace(settings, valkey=replace(settings.valkey, url=Secret(valkey.url)))
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(open_world(settings))
        ports = [claim_port(0, setting="HUBBUB_PORT") for _ in range(PROCESSES)]
        for port in ports:
            await stack.enter_async_context(running("serve", settings, port=port))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20))
        for port in ports:
            await until(lambda port=port: _answers(http, port), seconds=90)  # type: ignore[misc]
        author = await world.person("author")
        found = Scene(world, valkey, ports, await start("work", settings), author, http)
        yield found
        await found.worker.kill()


async def _answers(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/health/ready")).is_success
    except httpx.TransportError:
        return False


async def _begun(wanderers: list[Wanderer]) -> bool:
    return all(wanderer.last for wanderer in wanderers)


async def nothing(scene: Scene) -> None: ...


async def kill_worker(scene: Scene) -> None:
    await scene.worker.kill()
    scene.worker = await start("work", scene.world.services.settings)


async def flush(scene: Scene) -> None:
    await scene.world.services.valkey.command("FLUSHALL")


async def kill_valkey(scene: Scene) -> None:
    scene.valkey.kill()
    await asyncio.sleep(0.5)
    scene.valkey.start()


@pytest.mark.parametrize(
    "trouble", [nothing, kill_worker, flush, kill_valkey], ids=lambda each: each.__name__
)
async def test_every_event_comes_once_or_a_reset_says_so(scene: Scene, trouble: Trouble) -> None:
    rng = random.Random(7)
    people = [await scene.world.person() for _ in range(CLIENTS // 2)]
    for person in people:
        await scene.world.follow(person, scene.author)
    wanderers = [Wanderer(person, scene.ports, random.Random(n)) for n, person in enumerate(people * 2)]
    is_over = asyncio.Event()
    tasks = [asyncio.create_task(wanderer.run(is_over)) for wanderer in wanderers]
    await until(lambda: _begun(wanderers), seconds=60)

    written: dict[int, float] = {}
    troubled_at = time.time()
    while sum(wanderer.breaks for wanderer in wanderers) < BREAKS:
        post_id, at = await scene.write()
        written[post_id] = at
        if time.time() - troubled_at > 3:
            await trouble(scene)  # type: ignore[misc]
            troubled_at = time.time()
        await asyncio.sleep(rng.uniform(0, 0.03))
    # Whoever hears of one of these has heard, or was told to have missed, all before it.
    first, _ = await scene.write()
    while not all(wanderer.seen and wanderer.seen[-1] >= first for wanderer in wanderers):
        await scene.write()
        await asyncio.sleep(0.3)
    is_over.set()
    await asyncio.gather(*tasks)

    assert [wanderer.wrong for wanderer in wanderers if wanderer.wrong] == []
    assert [wanderer.unexplained(written) for wanderer in wanderers if wanderer.unexplained(written)] == []
    for wanderer in wanderers:
        assert len(set(wanderer.seen)) == len(wanderer.seen)
        if trouble in (nothing, kill_worker):
            assert wanderer.reset_at == []
            assert written.keys() <= set(wanderer.seen)
    for one, other in zip(wanderers, wanderers[len(people) :], strict=False):
        both = set(one.seen) & set(other.seen)
        assert [id_ for id_ in one.seen if id_ in both] == [id_ for id_ in other.seen if id_ in both]
