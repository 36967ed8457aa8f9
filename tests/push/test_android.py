"""Firebase Cloud Messaging over HTTP v1, against a server that gives out tokens and takes messages."""

import asyncio

import pytest

from tests.push.phones import FCM_TOKEN, Phones, google_error
from tests.push.servers import Said
from tests.push.support import make_due, notice, push, send, subscriptions


async def test_a_message_has_what_the_api_asks_for(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)

    await push(phones.world, notice(ada, urgency="high", ttl_seconds=600))

    message = phones.google.messages[0]
    topic = message["android"]["collapse_key"]
    assert message["token"] == FCM_TOKEN
    assert message["notification"] == {"title": "Somebody liked your post", "body": ""}
    assert message["data"] == {
        "type": "notification",
        "kind": "like",
        "account_id": str(ada.id),
        "post_id": "12",
    }
    assert message["android"]["priority"] == "HIGH"
    assert message["android"]["ttl"] in ("600s", "599s")
    assert message["apns"]["headers"]["apns-collapse-id"] == message["webpush"]["headers"]["Topic"] == topic
    assert phones.google.sent[0].headers["content-type"] == "application/json"


async def test_names_and_texts_go_only_to_phones_that_show_them(phones: Phones) -> None:
    ada, bo = await phones.world.person("ada"), await phones.world.person("bo")
    await phones.android(ada)
    await phones.android(bo, shows_text=True)

    await push(phones.world, notice(ada))
    await push(phones.world, notice(bo))

    closed, shown = phones.google.messages
    assert "secret" not in str(closed)
    assert shown["notification"] == {"title": "Bo liked your post", "body": "What a secret garden"}


async def test_an_access_token_is_asked_for_once_however_many_need_it(phones: Phones) -> None:
    people = [await phones.world.person() for _ in range(8)]
    await asyncio.gather(*(phones.android(person) for person in people))

    await push(phones.world, *(notice(person) for person in people))

    assert len(phones.google.sent) == 8
    assert phones.google.tokens == 1


async def test_a_token_near_its_end_is_renewed_before_it_is_used(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    phones.google.expires_in = 200

    await push(phones.world, notice(ada, "a"))
    await push(phones.world, notice(ada, "b"))

    assert phones.google.tokens == 2
    assert len(phones.google.sent) == 2


async def test_a_token_that_is_refused_is_renewed_at_once(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    await push(phones.world, notice(ada, "a"))

    phones.google.expire()
    await push(phones.world, notice(ada, "b"))

    assert [request.headers["authorization"] for request in phones.google.sent] == [
        "Bearer token 1",
        "Bearer token 1",
        "Bearer token 3",
    ]
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


@pytest.mark.parametrize(
    "answer",
    [
        google_error(404, "UNREGISTERED"),
        google_error(403, "SENDER_ID_MISMATCH"),
        google_error(400, "INVALID_ARGUMENT", field="message.token"),
    ],
    ids=["unregistered", "another sender's", "no token"],
)
async def test_a_phone_that_is_gone_is_removed(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    await push(phones.world, notice(ada, "a"))
    phones.google.queued.append(answer)

    await push(phones.world, notice(ada, "b"))
    await push(phones.world, notice(ada, "c"))

    assert await subscriptions(phones.world, ada) == []
    assert len(phones.google.sent) == 2


async def test_a_message_that_is_wrong_in_itself_costs_no_phone(phones: Phones) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    await push(phones.world, notice(ada, "a"))
    phones.google.queued.append(google_error(400, "INVALID_ARGUMENT", field="message.data"))

    await push(phones.world, notice(ada, "b"))

    assert len(await subscriptions(phones.world, ada)) == 1
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


@pytest.mark.parametrize(
    "answer",
    [
        google_error(429, "QUOTA_EXCEEDED"),
        google_error(503, "UNAVAILABLE"),
        google_error(500, "INTERNAL"),
        Said(502, b"<html>"),
    ],
    ids=["429", "503", "500", "502"],
)
async def test_a_service_that_cannot_now_is_asked_again(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    await push(phones.world, notice(ada, "a"))
    phones.google.queued.append(answer)
    await push(phones.world, notice(ada, "b"))
    assert len(phones.google.sent) == 2

    await make_due(phones.world)
    await send(phones.world)

    assert len(phones.google.sent) == 3
    assert await phones.world.value("SELECT count(*) FROM pushes") == 0


@pytest.mark.parametrize("answer", [Said(400, b"{}"), Said(200, b"{}"), Said(200, b"<html>"), Said(503)])
async def test_without_an_access_token_the_push_waits(phones: Phones, answer: Said) -> None:
    ada = await phones.world.person("ada")
    await phones.android(ada)
    phones.google.queued.append(answer)

    await push(phones.world, notice(ada))

    assert phones.google.sent == []
    assert len(await subscriptions(phones.world, ada)) == 1
    await make_due(phones.world)
    await send(phones.world)
    assert len(phones.google.sent) == 1
