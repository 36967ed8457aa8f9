from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.platform.http import Routes
from tests.support.world import World, open_world, settings_for


@pytest.fixture
async def strict_world(
    database_url: str, valkey_url: str, clean: None, tmp_path: Path
) -> AsyncIterator[World]:
    """A world in which an anonymous caller has three reads."""
    settings = replace(settings_for(database_url, valkey_url, tmp_path), rate_factor=3 / 1500)
    async with open_world(settings) as world:
        yield world


async def test_every_reply_says_what_is_left(world: World) -> None:
    reply = await world.get("/v1/instance")

    assert int(reply.headers["x-ratelimit-remaining"]) == int(reply.headers["x-ratelimit-limit"]) - 1
    assert reply.headers["ratelimit"].startswith('"read-anonymous";r=')


async def test_spent_budget_is_refused_and_says_when_to_come_back(strict_world: World) -> None:
    replies = [await strict_world.get("/v1/instance") for _ in range(4)]

    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert replies[3].json()["code"] == "quota_exceeded"
    assert int(replies[3].headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["/v1/me", "/v1/feeds/public"])
async def test_tokens_that_do_not_count_spend_the_budget_of_their_address(
    strict_world: World, path: str
) -> None:
    ended, suspended = await strict_world.person(), await strict_world.person()
    await strict_world.value("UPDATE sessions SET revoked_at = now() WHERE id = $1", ended.session_id)
    await strict_world.set_state(suspended, "suspended")

    tokens = ["made.up.token", ended.token, suspended.token, "made.up.again", ended.token]
    replies = [await strict_world.get(path, headers={"Authorization": f"Bearer {token}"}) for token in tokens]

    assert [reply.status_code for reply in replies] == [401, 401, 403, 429, 429]
    assert int(replies[3].headers["retry-after"]) >= 1


async def test_budget_is_asked_for_in_one_round_trip(world: World) -> None:
    await world.get("/v1/instance")
    before = world.services.valkey.round_trips

    await world.get("/v1/instance")

    assert world.services.valkey.round_trips - before == 1


async def test_forwarded_address_of_an_unknown_peer_is_not_believed(strict_world: World) -> None:
    for n in range(4):
        reply = await strict_world.get("/v1/instance", headers={"X-Forwarded-For": f"10.0.0.{n}"})

    assert reply.status_code == 429


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc"])
async def test_header_that_carries_no_token_is_unauthorized(world: World, header: str) -> None:
    reply = await world.get("/v1/instance", headers={"Authorization": header})

    assert reply.status_code == 200, "a route that asks for no token looks at none"


def test_unknown_budget_is_found_when_the_route_is_declared() -> None:
    async def handler(request: object) -> None: ...

    with pytest.raises(ValueError, match="cheap"):
        Routes("x").get("/v1/x", budget="cheap")(handler)
