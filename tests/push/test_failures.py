"""What is away is tried again, ever less often, and holds up nobody else."""

import asyncio
import time

import pytest

from hubbub.platform.outgoing import client
from hubbub.push import PushServices, sending
from tests.push.servers import Said, Service, listening
from tests.push.support import make_due, notice, plan, push, send, subscribe, subscriptions
from tests.support.world import World

SECONDS_LEFT = """
SELECT extract(epoch FROM retry_at - now())::float8 AS retry,
    extract(epoch FROM p.due_at - now())::float8 AS due
FROM push_subscriptions s JOIN pushes p ON p.subscription_id = s.id
"""


async def test_a_push_that_could_not_be_taken_is_sent_again(world: World, service: Service) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service)
    service.queued.append(Said(503))
    await push(world, notice(ada))
    await send(world)
    assert len(service.received) == 1

    await make_due(world)
    await send(world)

    assert [browser.read(request)["kind"] for request in service.received] == ["like", "like"]
    assert await world.value("SELECT count(*) FROM pushes") == 0
    assert await world.value("SELECT failures FROM push_subscriptions") == 0


async def test_a_push_that_has_waited_long_is_sent_without_text(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service, shows_text=True)
    service.queued.append(Said(503))
    await push(world, notice(ada))

    monkeypatch.setattr(sending, "TEXT_SECONDS", 0.0)
    await make_due(world)
    await send(world)

    first, second = map(browser.read, service.received)
    assert (first["title"], first["body"]) == ("Bo liked your post", "What a secret garden")
    assert second == {key: first[key] for key in first if key != "body"} | {
        "title": "Somebody liked your post"
    }


async def test_the_time_between_tries_grows(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.extend([Said(500)] * 4)
    waits = []

    await plan(world, notice(ada))
    for _ in range(4):
        await send(world)
        waits.append((await world.rows(SECONDS_LEFT))[0])
        await make_due(world)

    for number, wait in enumerate(waits):
        assert 29 * 2**number < wait["due"] == wait["retry"] < 46 * 2**number


async def test_a_service_that_says_when_to_come_back_is_left_alone_until_then(
    world: World, service: Service
) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(429, headers={"Retry-After": "900"}))

    await push(world, notice(ada))
    await plan(world, notice(ada, "another"))

    for wait in await world.rows(SECONDS_LEFT):
        assert 890 < wait["due"] <= 900


async def test_a_device_that_is_away_for_days_is_removed(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.extend([Said(500)] * 10)
    await plan(world, notice(ada))
    for _ in range(sending.DEAD_FAILURES - 1):
        await send(world)
        await make_due(world)
    await world.rows("UPDATE push_subscriptions SET failing_since = now() - interval '4 days'")
    assert len(await subscriptions(world, ada)) == 1

    await send(world)

    assert await subscriptions(world, ada) == []


async def test_a_device_that_failed_often_within_an_hour_stays(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.extend([Said(500)] * 10)
    await plan(world, notice(ada))

    for _ in range(10):
        await send(world)
        await make_due(world)

    assert len(await subscriptions(world, ada)) == 1


async def test_pushes_that_failed_together_count_as_one_failure(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.extend([Said(500)] * 5)

    await push(world, *(notice(ada, f"group-{number}") for number in range(5)))

    assert await world.value("SELECT failures FROM push_subscriptions") == 1


async def test_a_server_that_never_answers_delays_nobody_else(world: World, service: Service) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    async with listening(Service(lambda request: Said(is_silent=True))) as silent:
        for number in range(20):
            await subscribe(world, ada, silent, f"/{number}")
        browser = await subscribe(world, bo, service)
        sender = world.services.part(PushServices).sender
        await plan(world, *(notice(ada, f"group-{number}") for number in range(50)))
        sender.wake()
        await silent.until(20)

        started = time.monotonic()
        await plan(world, notice(bo))
        sender.wake()
        await service.until(1)

        assert time.monotonic() - started < 1
        assert len(silent.received) == 20
        assert browser.read(service.received[0])["kind"] == "like"


async def test_an_answer_that_does_not_come_is_given_up(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(is_silent=True))
    started = time.monotonic()

    await push(world, notice(ada))

    assert time.monotonic() - started < client.REQUEST_SECONDS + 2
    assert await world.value("SELECT failures FROM push_subscriptions") == 1


async def test_what_a_worker_had_claimed_when_it_died_is_sent_by_another(
    world: World, service: Service
) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(is_silent=True))
    sender = world.services.part(PushServices).sender
    await plan(world, notice(ada))
    sender.wake()
    await service.until(1)
    await sender.close()

    await send(world)
    assert len(service.received) == 1, "the claim holds"
    await make_due(world)
    await send(world)

    assert len(service.received) == 2


async def test_two_workers_send_a_push_once(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    parts = world.services.part(PushServices)
    others = [sending.Sender(world.db, world.services.keyring, parts.pushers) for _ in range(3)]
    await plan(world, *(notice(ada, f"group-{number}") for number in range(100)))

    await asyncio.gather(*(each.drain() for each in others))

    assert len(service.received) == 100


async def test_what_is_too_old_is_not_sent(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    await plan(world, notice(ada))
    await world.rows("UPDATE pushes SET expires_at = now() - interval '1 second'")

    await send(world)

    assert service.received == []
    assert await world.value("SELECT count(*) FROM pushes") == 0
