"""Who is hidden is answered like who never was, in every byte but the request's id."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from hubbub.accounts import State
from tests.support.world import Person, World

MISSING_ID = 99
Hide = Callable[[World, Person, Person], Awaitable[None]]


def state(name: State) -> Hide:
    async def hide(world: World, hidden: Person, reader: Person) -> None:
        await world.set_state(hidden, name)

    hide.__name__ = name
    return hide


async def blocking(world: World, hidden: Person, reader: Person) -> None:
    await world.block(hidden, reader)


WAYS = [state("deactivated"), state("suspended"), state("deleting"), state("deleted"), blocking]
ROUTES = [
    ("GET", "/v1/accounts/{}"),
    ("GET", "/v1/accounts/{}/avatar"),
    ("GET", "/v1/accounts/{}/followers"),
    ("GET", "/v1/accounts/{}/following"),
    ("GET", "/v1/accounts?ids={}"),
    ("PUT", "/v1/accounts/{}/follow"),
    ("DELETE", "/v1/accounts/{}/follow"),
    ("DELETE", "/v1/accounts/{}/follower"),
    ("PUT", "/v1/accounts/{}/block"),
    ("DELETE", "/v1/accounts/{}/block"),
    ("PUT", "/v1/accounts/{}/mute"),
    ("DELETE", "/v1/accounts/{}/mute"),
    ("PUT", "/v1/follow-requests/{}"),
    ("DELETE", "/v1/follow-requests/{}"),
    ("GET", "/v1/relationships?ids={}"),
]
UNLIKE = ("x-ratelimit-", "ratelimit", "x-request-id")


def bare(reply: httpx.Response, id_: int) -> tuple[int, object, dict[str, str]]:
    """Status, body and headers without what any two requests differ in."""
    body = json.loads(reply.text.replace(str(id_), "ID")) | {"request_id": ""}
    headers = {name: value for name, value in reply.headers.items() if not name.startswith(UNLIKE)}
    return reply.status_code, body, {**headers, "content-length": ""}


@pytest.mark.parametrize("hide", WAYS, ids=lambda hide: hide.__name__)
async def test_hidden_account_is_answered_like_a_missing_one(world: World, hide: Hide) -> None:
    hidden, reader = await world.person("hidden"), await world.person("reader")
    for path in ("", "/avatar", "/followers"):
        assert (await world.get(f"/v1/accounts/{hidden.id}{path}", by=reader)).status_code == 200
    await hide(world, hidden, reader)

    for method, path in ROUTES:
        found = await world.request(method, path.format(hidden.id), by=reader)
        missing = await world.request(method, path.format(MISSING_ID), by=reader)
        assert bare(found, hidden.id) == bare(missing, MISSING_ID), (method, path)
        assert found.status_code == (200 if "?" in path else 404)

    found = await world.get("/v1/accounts/by-handle/hidden", by=reader)
    missing = await world.get("/v1/accounts/by-handle/nobody", by=reader)
    assert bare(found, hidden.id) == bare(missing, MISSING_ID)


@pytest.mark.parametrize("hide", WAYS[:4], ids=lambda hide: hide.__name__)
async def test_nobody_without_a_token_sees_who_is_not_active_at_once(world: World, hide: Hide) -> None:
    hidden = await world.person("hidden")
    paths = [f"/v1/accounts/{hidden.id}", "/v1/accounts/by-handle/hidden", f"/v1/accounts/{hidden.id}/avatar"]
    for path in paths:
        assert (await world.get(path)).status_code == 200

    await hide(world, hidden, hidden)

    for path in paths:
        assert (await world.get(path)).json()["code"] == "account_not_found"


async def test_who_is_active_again_is_seen_again(world: World) -> None:
    ada = await world.person()
    await world.set_state(ada, "suspended")

    await world.set_state(ada, "active")

    assert (await world.get(f"/v1/accounts/{ada.id}")).status_code == 200
