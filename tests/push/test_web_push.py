"""From what is announced to what a browser decrypts."""

import asyncio

import pytest
from cryptography.exceptions import InvalidTag

from hubbub.platform.secrets import Keyring
from hubbub.push import PushServices
from hubbub.push.messages import Message
from hubbub.push.pushers.web import MAX_PLAIN_BYTES, encode_within
from hubbub.push.vapid import Vapid
from tests.push.browser import Browser, check_vapid
from tests.push.servers import Said, Service
from tests.push.support import make_due, notice, push, send, subscribe, subscriptions
from tests.support.world import World


async def test_a_browser_decrypts_what_is_pushed_to_it(world: World, service: Service) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service)

    await push(world, notice(ada))

    request = service.received[0]
    assert (request.method, request.path) == ("POST", "/push/1")
    assert browser.read(request) == {
        "type": "notification",
        "kind": "like",
        "title": "Somebody liked your post",
        "ids": {"post_id": "12"},
        "account_id": str(ada.id),
    }
    assert len(service.received) == 1


async def test_nobody_else_decrypts_it(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)

    await push(world, notice(ada))

    with pytest.raises(InvalidTag):
        Browser("").read(service.received[0])
    assert b"liked" not in service.received[0].body


async def test_the_push_service_learns_who_sends_and_how_long_to_keep_it(
    world: World, service: Service
) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    key = (await world.get("/v1/push/key", by=ada)).json()

    await push(world, notice(ada, urgency="high", ttl_seconds=600))

    request = service.received[0]
    claims = check_vapid(request, server_key=key["public_key"], audience=service.url)
    assert claims["sub"] == "mailto:push@example.org"
    assert key["services"] == ["web"]
    assert request.headers["urgency"] == "high"
    assert 590 <= int(request.headers["ttl"]) <= 600


async def test_the_key_of_the_server_stays(world: World) -> None:
    ada = await world.person("ada")
    first = (await world.get("/v1/push/key", by=ada)).json()["public_key"]

    other = Vapid(world.db, world.services.keyring, contact="mailto:push@example.org")

    assert await other.public_key() == first


async def test_processes_that_start_at_once_agree_on_the_key(world: World) -> None:
    several = [Vapid(world.db, world.services.keyring, contact="mailto:a@example.org") for _ in range(8)]

    assert len(set(await asyncio.gather(*(each.public_key() for each in several)))) == 1


async def test_a_key_that_a_lost_secret_has_sealed_is_replaced(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    lost = await world.services.part(PushServices).vapid.public_key()
    several = [Vapid(world.db, Keyring("another secret"), contact="mailto:a@example.org") for _ in range(8)]

    found = set(await asyncio.gather(*(each.public_key() for each in several)))

    assert len(found) == 1
    assert lost not in found


async def test_one_group_has_one_topic_and_another_another(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)

    await push(world, notice(ada, "post-1"))
    await push(world, notice(ada, "post-1"))
    await push(world, notice(ada, "post-2"))

    topics = [request.headers["topic"] for request in service.received]
    assert topics[0] == topics[1] != topics[2]
    assert all(len(topic) <= 32 and "post" not in topic for topic in topics)


async def test_what_waits_is_replaced_by_what_is_newer(world: World, service: Service) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service)
    service.queued.append(Said(503))
    await push(world, notice(ada, closed_title="One"))

    await push(world, notice(ada, closed_title="Two"))
    await make_due(world)
    await send(world)

    assert [browser.read(request)["title"] for request in service.received] == ["One", "Two"]


async def test_texts_and_names_are_pushed_to_devices_that_show_them_alone(
    world: World, service: Service
) -> None:
    ada = await world.person("ada")
    private = await subscribe(world, ada, service, "/push/private")
    shown = await subscribe(world, ada, service, "/push/shown", shows_text=True)

    await push(world, notice(ada))

    closed, opened = private.read(service.at("/push/private")[0]), shown.read(service.at("/push/shown")[0])
    assert "secret" not in str(closed)
    assert "Bo" not in str(closed)
    assert (opened["title"], opened["body"]) == ("Bo liked your post", "What a secret garden")


@pytest.mark.parametrize("text", ["word " * 4000, "🦆" * 4000, '"' * 4000, "\x01" * 4000])
async def test_a_long_text_is_cut_to_what_services_take(world: World, service: Service, text: str) -> None:
    ada = await world.person("ada")
    browser = await subscribe(world, ada, service, shows_text=True)

    await push(world, notice(ada, open_title=text, open_body=text))

    assert len(browser.read(service.received[0])["title"]) <= 100
    assert len(browser.decrypt(service.received[0].body)) <= MAX_PLAIN_BYTES


def test_a_message_is_encoded_within_any_bound() -> None:
    message = Message(type="message", kind="message", title="t", body="\x01" * 4000)

    assert len(encode_within(message, MAX_PLAIN_BYTES)) <= MAX_PLAIN_BYTES


async def test_only_the_kinds_that_a_device_asks_for_are_pushed_to_it(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service, "/some", alerts=["mention", "message"])
    await subscribe(world, ada, service, "/all")
    await subscribe(world, ada, service, "/none", alerts=[])

    await push(world, notice(ada, "a", kind="like"), notice(ada, "b", kind="mention"))

    assert [len(service.at(path)) for path in ("/some", "/all", "/none")] == [1, 2, 0]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_removed(world: World, service: Service, status: int) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(status))

    await push(world, notice(ada, "a"))
    await push(world, notice(ada, "b"))

    assert await subscriptions(world, ada) == []
    assert len(service.received) == 1
    assert await world.value("SELECT count(*) FROM pushes") == 0


@pytest.mark.parametrize("status", [400, 403, 413])
async def test_a_push_that_is_refused_is_dropped_and_the_next_one_sent(
    world: World, service: Service, status: int
) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(status))

    await push(world, notice(ada, "a"))
    await push(world, notice(ada, "b"))

    assert len(service.received) == 2
    assert await world.value("SELECT count(*) FROM pushes") == 0


async def test_a_redirect_is_not_followed(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await subscribe(world, ada, service)
    service.queued.append(Said(307, headers={"Location": f"{service.url}/inner"}))

    await push(world, notice(ada))

    assert [request.path for request in service.received] == ["/push/1"]
