"""Devices that get pushes, as their owner sees and changes them."""

import asyncio
import base64
from typing import Any

import pytest

from tests.push.browser import Browser
from tests.push.servers import Service
from tests.push.support import subscribe, subscriptions
from tests.support.identity import log_in_as, problem
from tests.support.world import Person, World

WEB = Browser("https://push.example.org/abc").subscription


async def post(world: World, person: Person, body: Any) -> Any:
    return await world.post("/v1/push/subscriptions", by=person, json=body)


async def test_a_subscription_is_shown_without_its_endpoint(world: World) -> None:
    ada = await world.person("ada")

    made = await post(world, ada, {"web": WEB})

    assert made.status_code == 201
    assert (made.json()["service"], made.json()["current"]) == ("web", True)
    assert (made.json()["shows_text"], made.json()["alerts"]) == (False, None)
    assert await subscriptions(world, ada) == [made.json()]
    assert "push.example.org" not in made.text
    stored = await world.rows("SELECT * FROM push_subscriptions")
    assert b"push.example.org" not in stored[0]["sealed_target"] + stored[0]["target_hash"]


async def test_the_same_device_is_registered_once_and_belongs_to_who_came_last(world: World) -> None:
    ada = await world.person("ada")
    again = await log_in_as(world, ada)
    first = (await post(world, ada, {"web": WEB})).json()

    second = (await post(world, again, {"web": WEB, "shows_text": True, "alerts": ["like", "like"]})).json()

    assert second["id"] == first["id"]
    assert second["session_id"] != first["session_id"]
    assert (second["shows_text"], second["alerts"]) == (True, ["like"])
    assert len(await subscriptions(world, ada)) == 1


async def test_two_accounts_on_one_device_have_a_subscription_each(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")

    await post(world, ada, {"web": WEB})
    await post(world, bo, {"web": WEB})

    assert len(await subscriptions(world, ada)) == len(await subscriptions(world, bo)) == 1


async def test_what_is_left_out_of_changes_stays(world: World) -> None:
    ada = await world.person("ada")
    made = (await post(world, ada, {"web": WEB, "alerts": ["like"]})).json()
    path = f"/v1/push/subscriptions/{made['id']}"

    changed = (await world.patch(path, by=ada, json={"shows_text": True})).json()
    everything = (await world.patch(path, by=ada, json={"alerts": None})).json()

    assert (changed["shows_text"], changed["alerts"]) == (True, ["like"])
    assert (everything["shows_text"], everything["alerts"]) == (True, None)


async def test_somebody_elses_subscription_is_like_none(world: World) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    made = (await post(world, ada, {"web": WEB})).json()
    path = f"/v1/push/subscriptions/{made['id']}"

    assert problem(await world.patch(path, by=bo, json={})) == (404, "subscription_not_found")
    assert problem(await world.delete(path, by=bo)) == (404, "subscription_not_found")
    assert (await world.delete(path, by=ada)).status_code == 204
    assert problem(await world.delete(path, by=ada)) == (404, "subscription_not_found")


async def test_an_account_has_twenty_however_they_race(world: World, service: Service) -> None:
    ada = await world.person("ada")
    await asyncio.gather(*(subscribe(world, ada, service, f"/push/{number}") for number in range(19)))
    bodies = [{"web": Browser(f"{service.url}/more/{number}").subscription} for number in range(5)]

    replies = await asyncio.gather(*(post(world, ada, body) for body in bodies))

    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409, 409]
    assert {problem(reply)[1] for reply in replies if reply.status_code == 409} == {"too_many_subscriptions"}
    assert len(await subscriptions(world, ada)) == 20


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "", "auth": ""},
        {"p256dh": WEB["keys"]["p256dh"], "auth": "c2hvcnQ"},
        {"p256dh": "!" + WEB["keys"]["p256dh"], "auth": WEB["keys"]["auth"]},
        {"p256dh": WEB["keys"]["p256dh"][:-4], "auth": WEB["keys"]["auth"]},
        # A point that is not on the curve.
        {"p256dh": base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode(), "auth": WEB["keys"]["auth"]},
    ],
)
async def test_keys_that_nothing_can_be_encrypted_with_are_refused(
    world: World, keys: dict[str, str]
) -> None:
    ada = await world.person("ada")

    reply = await post(world, ada, {"web": {**WEB, "keys": keys}})

    assert problem(reply) == (422, "invalid")
    assert reply.json()["errors"][0]["pointer"] == "/web/keys"


async def test_padded_keys_will_do(world: World) -> None:
    ada = await world.person("ada")
    keys = {name: value + "=" * (-len(value) % 4) for name, value in WEB["keys"].items()}

    assert (await post(world, ada, {"web": {**WEB, "keys": keys}})).status_code == 201


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example.org/a", "https://localhost/a", "https://10.0.0.1/", "https://a@push.example.org/"],
)
async def test_an_endpoint_that_is_not_on_the_internet_is_refused(world: World, endpoint: str) -> None:
    ada = await world.person("ada")

    reply = await post(world, ada, {"web": {**WEB, "endpoint": endpoint}})

    assert problem(reply) == (422, "url_not_allowed")
    assert reply.json()["errors"][0]["pointer"] == "/web/endpoint"


@pytest.mark.parametrize("body", [{}, {"web": WEB, "fcm": {"token": "a"}}, {"web": None}])
async def test_a_subscription_is_of_one_service(world: World, body: Any) -> None:
    ada = await world.person("ada")

    assert problem(await post(world, ada, body)) == (422, "invalid")


@pytest.mark.parametrize("body", [{"fcm": {"token": "abc:def"}}, {"apns": {"token": "ab" * 32}}])
async def test_a_service_that_is_not_set_up_is_named_as_such(world: World, body: Any) -> None:
    ada = await world.person("ada")

    assert problem(await post(world, ada, body)) == (409, "push_service_not_configured")


@pytest.mark.parametrize(
    "body",
    [
        {"fcm": {"token": ""}},
        {"fcm": {"token": "with space"}},
        {"fcm": {"token": "ümlaut"}},
        {"apns": {"token": "../../3/device/ab"}},
        {"apns": {"token": "zz" * 32}},
        {"apns": {"token": "ab" * 32, "environment": "test"}},
    ],
)
async def test_what_is_no_device_token_is_refused(world: World, body: Any) -> None:
    ada = await world.person("ada")

    assert problem(await post(world, ada, body)) == (422, "invalid")
