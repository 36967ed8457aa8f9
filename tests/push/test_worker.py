"""A worker as it runs, with its own sender."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from hubbub.platform.outbox import CHANNEL, OutboxMetrics, OutboxWorker, woken
from hubbub.worker import build_reactions
from tests.push.servers import Said, Service
from tests.push.support import make_due, notice, plan, subscribe
from tests.support.world import World


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    worker = OutboxWorker(
        world.db, build_reactions(world.services), metrics=OutboxMetrics(CollectorRegistry())
    )
    await world.services.valkey.subscribe(
        CHANNEL, lambda message: worker.wake(woken(message)), on_gap=worker.wake
    )
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


async def until(world: World, condition: str) -> None:
    started = time.monotonic()
    while not await world.value(condition):
        assert time.monotonic() - started < 5, condition
        await asyncio.sleep(0.01)


async def test_a_like_is_on_the_screen_within_a_second(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    browser = await subscribe(world, ada, service)
    post = await world.write(ada)

    async with working(world):
        started = time.monotonic()
        (await world.put(f"/v1/posts/{post['id']}/like", by=bo)).raise_for_status()
        await service.until(1)
        seconds = time.monotonic() - started

    assert browser.read(service.received[0])["kind"] == "like"
    assert seconds < 1


async def test_what_is_due_again_is_found_without_a_wake(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(503))

    async with working(world):
        await plan(world, notice(ada))
        await service.until(1)
        await until(world, "SELECT failures = 1 FROM push_subscriptions")
        await make_due(world)
        await service.until(2)

    assert len(service.received) == 2


async def test_two_workers_send_each_push_once(world: World, service: Service) -> None:
    people = [await world.person() for _ in range(10)]
    for person in people:
        await subscribe(world, person, service, f"/{person.handle}")

    async with working(world), working(world):
        await plan(world, *(notice(person, f"group-{n}") for person in people for n in range(5)))
        await service.until(50)
        await until(world, "SELECT count(*) = 0 FROM pushes")

    assert len(service.received) == 50
