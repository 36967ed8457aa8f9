"""Everything that strangers may call has a budget by where it comes from, and one by what it is about."""

from collections.abc import Callable
from typing import Any

import pytest

from hubbub.identity import ROUTES, Identity
from hubbub.platform.ids import new_id
from tests.support.world import PASSWORD, World

Json = dict[str, Any]


def a_refresh_token(world: World, number: int) -> str:
    tokens = world.services.part(Identity).refresh
    return tokens.write(tokens.first(7, number or new_id()))


# For each path a body about one subject, made different by the number when that is not 0.
BODIES: dict[str, Callable[[World, int], Json]] = {
    "/v1/auth/register": lambda w, n: {
        "handle": f"name{new_id()}"[:30],
        "email": f"a{n}@example.org",
        "password": PASSWORD,
    },
    "/v1/auth/login": lambda w, n: {"login": f"name{n}", "password": "guess"},
    "/v1/auth/refresh": lambda w, n: {"refresh_token": a_refresh_token(w, n or 1)},
    "/v1/auth/password/forgot": lambda w, n: {"email": f"a{n}@example.org"},
    "/v1/auth/password/reset": lambda w, n: {"token": f"t{n}", "new_password": PASSWORD},
    "/v1/auth/email/verify": lambda w, n: {"token": f"t{n}"},
}


def open_paths() -> set[str]:
    return {
        route.path
        for routes in ROUTES
        for route in routes.found
        if route.auth == "none" and route.method != "GET"
    }


async def calls_until_refused(world: World, path: str, *, same_subject: bool, at_most: int) -> int | None:
    for n in range(1, at_most + 1):
        body = BODIES[path](world, 0 if same_subject else n)
        address = f"198.51.{n // 250}.{n % 250}" if same_subject else "203.0.113.1"
        reply = await world.post(path, json=body, headers={"X-Forwarded-For": address})
        assert reply.status_code < 500, reply.text
        if reply.status_code == 429:
            assert int(reply.headers["retry-after"]) >= 1
            return n
    return None


def test_every_open_route_is_looked_at() -> None:
    assert open_paths() == BODIES.keys()


@pytest.mark.parametrize("path", BODIES)
async def test_one_subject_from_many_addresses_is_refused_in_the_end(strict: World, path: str) -> None:
    assert await calls_until_refused(strict, path, same_subject=True, at_most=80)


@pytest.mark.parametrize("path", BODIES)
async def test_many_subjects_from_one_address_are_refused_in_the_end(strict: World, path: str) -> None:
    assert await calls_until_refused(strict, path, same_subject=False, at_most=700)


async def test_asking_for_handles_by_signing_up_is_refused_in_the_end(strict: World) -> None:
    await strict.person("ada")
    body = {"handle": "ada", "email": "ada@example.net", "password": PASSWORD}

    replies = [await strict.post("/v1/auth/register", json=body) for _ in range(61)]

    assert {reply.status_code for reply in replies[:60]} == {409}
    assert replies[60].status_code == 429


@pytest.mark.parametrize("path", BODIES)
async def test_every_call_spends_the_budget_of_its_address_before_any_work(strict: World, path: str) -> None:
    reply = await strict.post(path, json={"nonsense": True})

    assert reply.status_code == 422
    assert reply.headers["ratelimit"].startswith('"read-anonymous";r=1499')


@pytest.mark.parametrize("path", BODIES)
async def test_large_bodies_are_refused_before_they_are_decoded(world: World, path: str) -> None:
    body = BODIES[path](world, 1) | {"more": "x" * 20_000}

    reply = await world.post(path, json=body)

    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("name", ["X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"])
async def test_headers_that_nobody_trusts_change_no_address(strict: World, name: str) -> None:
    statuses = [
        (
            await strict.post(
                "/v1/auth/login",
                json={"login": f"name{n}", "password": "guess"},
                headers={name: f"203.0.113.{n}", "X-Forwarded-For": "203.0.113.1"},
            )
        ).status_code
        for n in range(26)
    ]

    assert statuses[-1] == 429


@pytest.mark.parametrize(
    "path",
    ["/v1/auth/login/", "//v1/auth/login", "/v1/auth/login.json", "/V1/auth/login", "/v1/auth/%2e/login"],
)
async def test_no_other_spelling_of_a_path_is_a_way_around(strict: World, path: str) -> None:
    reply = await strict.http.post(f"http://test{path}", json={"login": "ada", "password": "guess"})

    assert reply.status_code in (404, 405, 308)
    assert strict.services.part(Identity).hashing.hashes == 0
