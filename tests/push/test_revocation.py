"""Nine ways to end a login, and the devices that it had: nothing is pushed to them afterwards."""

import pytest

from hubbub.push import PushServices
from tests.push.servers import Service
from tests.push.support import notice, plan, push, subscribe
from tests.stream.test_revocation_grid import (
    BY_REQUEST,
    Login,
    Way,
    change_password,
    log_out,
    reuse,
    revoke,
    revoke_others,
)
from tests.support.identity import log_in_as
from tests.support.world import World

KEEPS_THE_OTHER = (log_out, revoke, revoke_others, change_password, reuse)


async def a_login(world: World, service: Service) -> Login:
    """With a device for each of its two sessions."""
    it = await world.person()
    login = Login(it, await log_in_as(world, it))
    await subscribe(world, login.it, service, "/it")
    await subscribe(world, login.other, service, "/other")
    return login


@pytest.mark.parametrize("way", BY_REQUEST, ids=lambda way: way.__name__)
async def test_what_was_waiting_is_not_sent_even_before_the_worker_hears(
    world: World, service: Service, way: Way
) -> None:
    login = await a_login(world, service)
    await plan(world, notice(login.it))

    await way(world, login)
    await world.services.part(PushServices).sender.drain()

    assert service.at("/it") == []
    assert len(service.at("/other")) == (way in KEEPS_THE_OTHER)


@pytest.mark.parametrize("way", BY_REQUEST, ids=lambda way: way.__name__)
async def test_what_happens_later_is_not_pushed(world: World, service: Service, way: Way) -> None:
    login = await a_login(world, service)

    await way(world, login)
    await world.settle()
    await push(world, notice(login.it))

    assert service.at("/it") == []
    assert len(service.at("/other")) == (way in KEEPS_THE_OTHER)
    ids = await world.rows("SELECT session_id FROM push_subscriptions")
    assert login.it.session_id not in [row["session_id"] for row in ids]


async def test_a_session_that_has_run_out_is_pushed_nothing(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    await world.rows("UPDATE sessions SET expires_at = now() - interval '1 second'")

    await push(world, notice(ada))

    assert service.received == []
    assert await world.value("SELECT count(*) FROM push_subscriptions") == 0


async def test_a_device_registered_again_from_another_session_outlives_the_first(
    world: World, service: Service
) -> None:
    ada = await world.person("ada")
    again = await log_in_as(world, ada)
    browser = await subscribe(world, ada, service)
    body = {"web": browser.subscription}
    (await world.post("/v1/push/subscriptions", by=again, json=body)).raise_for_status()

    await log_out(world, Login(ada, again))
    await push(world, notice(ada))

    assert len(service.received) == 1
