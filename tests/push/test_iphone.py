"""Apple's push service, over HTTP/2."""

import asyncio
import time

import pytest

from hubbub.push.pushers import apns
from tests.push.phones import APNS_TOKEN, Phones, apple_error
from tests.push.servers import Said
from tests.push.support import make_due, notice, push, send, subscriptions


async def test_a_push_has_what_apple_asks_for(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)

    await push(phones.world, notice(ada, urgency="high", ttl_seconds=600))

    request, body = phones.apple.received[0], phones.apple.bodies[0]
    assert (request.method, request.path) == ("POST", f"/3/device/{APNS_TOKEN}")
    assert request.headers["apns-topic"] == "org.example.hubbub"
    assert request.headers["apns-push-type"] == "alert"
    assert request.headers["apns-priority"] == "10"
    assert abs(int(request.headers["apns-expiration"]) - time.time() - 600) < 5
    assert len(request.headers["apns-collapse-id"]) <= 64
    assert body["aps"]["alert"] == {"title": "Somebody liked your post"}
    assert (body["kind"], body["post_id"], body["account_id"]) == ("like", "12", str(ada.id))


async def test_names_and_texts_go_only_to_phones_that_show_them(phones: Phones) -> None:
    ada, bo = await phones.world.person("ada"), await phones.world.person("bo")
    await phones.iphone(ada)
    await phones.iphone(bo, shows_text=True)

    await push(phones.world, notice(ada))
    await push(phones.world, notice(bo))

    closed, shown = phones.apple.bodies
    assert "secret" not in str(closed)
    assert shown["aps"]["alert"] == {"title": "Bo liked your post", "body": "What a secret garden"}


async def test_many_pushes_share_a_connection_and_a_token(phones: Phones) -> None:
    people = [await phones.world.person() for _ in range(8)]
    await asyncio.gather(*(phones.iphone(person) for person in people))
    await push(phones.world, notice(people[0]))

    await push(phones.world, *(notice(person, "another") for person in people))

    assert len(phones.apple.received) == 9
    assert phones.apple.connections == 1
    assert len({request.headers["authorization"] for request in phones.apple.received}) == 1


async def test_a_provider_token_that_has_expired_is_made_anew(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    await push(phones.world, notice(ada, "a"))
    monkeypatch.setattr(apns, "MIN_RENEW_SECONDS", 0.0)
    phones.apple.queued.append(apple_error(403, "ExpiredProviderToken"))

    await push(phones.world, notice(ada, "b"))

    tokens = [request.headers["authorization"] for request in phones.apple.received]
    assert tokens[0] == tokens[1] != tokens[2]
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


async def test_tokens_are_not_made_faster_than_apple_allows(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    phones.apple.queued.extend([apple_error(403, "ExpiredProviderToken")] * 2)

    await push(phones.world, notice(ada))

    assert len({request.headers["authorization"] for request in phones.apple.received}) == 1
    assert await phones.world.value("SELECT count(*) FROM pushes") == 1


@pytest.mark.parametrize(
    "answer",
    [
        apple_error(410, "Unregistered"),
        apple_error(410, "ExpiredToken"),
        apple_error(400, "BadDeviceToken"),
        apple_error(400, "DeviceTokenNotForTopic"),
    ],
    ids=["unregistered", "expired", "bad", "another app's"],
)
async def test_a_phone_that_is_gone_is_removed(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    phones.apple.queued.append(answer)

    await push(phones.world, notice(ada, "a"))
    await push(phones.world, notice(ada, "b"))

    assert await subscriptions(phones.world, ada) == []
    assert len(phones.apple.received) == 1


@pytest.mark.parametrize(
    "answer",
    [apple_error(429, "TooManyRequests"), apple_error(503, "ServiceUnavailable"), Said(500)],
    ids=["429", "503", "500"],
)
async def test_a_service_that_cannot_now_is_asked_again(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    phones.apple.queued.append(answer)
    await push(phones.world, notice(ada))

    await make_due(phones.world)
    await send(phones.world)

    assert len(phones.apple.received) == 2
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


@pytest.mark.parametrize(
    "answer", [apple_error(413, "PayloadTooLarge"), apple_error(400, "BadTopic"), Said(404)]
)
async def test_a_push_that_is_refused_is_dropped(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    phones.apple.queued.append(answer)

    await push(phones.world, notice(ada))

    assert len(await subscriptions(phones.world, ada)) == 1
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


async def test_a_connection_that_was_cut_is_made_again(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.iphone(ada)
    await push(phones.world, notice(ada, "a"))
    phones.apple.hang_up()

    await push(phones.world, notice(ada, "b"))
    await make_due(phones.world)
    await send(phones.world)

    assert len(phones.apple.received) == 2


async def test_services_of_all_three_kinds_are_named(phones: Phones) -> None:
    ada = await phones.world.person("ada")

    found = (await phones.world.get("/v1/push/key", by=ada)).json()

    assert found["services"] == ["web", "fcm", "apns"]
