"""What the graph's routes say to what they cannot take; nothing is written then."""

from typing import Any

import pytest

from tests.support.world import Person, World

VERBS = [
    ("PUT", "/v1/accounts/{}/follow"),
    ("DELETE", "/v1/accounts/{}/follow"),
    ("DELETE", "/v1/accounts/{}/follower"),
    ("PUT", "/v1/accounts/{}/block"),
    ("DELETE", "/v1/accounts/{}/block"),
    ("PUT", "/v1/accounts/{}/mute"),
    ("DELETE", "/v1/accounts/{}/mute"),
    ("PUT", "/v1/follow-requests/{}"),
    ("DELETE", "/v1/follow-requests/{}"),
]


async def is_untouched(world: World) -> bool:
    [row] = await world.rows(
        "SELECT (SELECT count(*) FROM follows) + (SELECT count(*) FROM follow_requests)"
        " + (SELECT count(*) FROM blocks) + (SELECT count(*) FROM mutes) AS edges"
    )
    return bool(row["edges"] == 0)


@pytest.mark.parametrize(("method", "path"), VERBS)
async def test_odd_id_is_answered_like_an_account_that_never_was(
    world: World, method: str, path: str
) -> None:
    ada = await world.person()
    headers = {"X-Request-Id": "the-same"}
    never = await world.request(method, path.format(7), by=ada, headers=headers)

    for odd in ("0", "-1", "01", "9" * 19, "9" * 30, "me", "1.0", "%20", "٥"):
        reply = await world.request(method, path.format(odd), by=ada, headers=headers)
        assert (reply.status_code, reply.content) == (404, never.content), odd

    assert await is_untouched(world)


@pytest.mark.parametrize(("method", "path"), VERBS)
async def test_verbs_need_somebody_who_acts(world: World, method: str, path: str) -> None:
    ada = await world.person()

    reply = await world.request(method, path.format(ada.id))

    assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")
    assert await is_untouched(world)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scope": "some"}, "/scope"),
        ({"scope": None}, "/scope"),
        ({"duration_seconds": 0}, "/duration_seconds"),
        ({"duration_seconds": -5}, "/duration_seconds"),
        ({"duration_seconds": 1.5}, "/duration_seconds"),
        ({"duration_seconds": "60"}, "/duration_seconds"),
        ({"duration_seconds": 10 * 365 * 24 * 3600 + 1}, "/duration_seconds"),
        ({"until": "tomorrow"}, "/until"),
    ],
)
async def test_unacceptable_mute_is_named_and_not_made(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    ada, bob = await world.person(), await world.person()

    reply = await world.put(f"/v1/accounts/{bob.id}/mute", by=ada, json=body)

    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]
    assert await is_untouched(world)


async def test_longest_and_shortest_mutes_are_made(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    for seconds in (1, 10 * 365 * 24 * 3600):
        reply = await world.put(f"/v1/accounts/{bob.id}/mute", by=ada, json={"duration_seconds": seconds})
        assert (reply.status_code, reply.json()["muting"]) == (200, True)


async def test_requests_are_answered_by_whom_they_were_sent_to_alone(world: World) -> None:
    asker, asked, other = await asking(world)

    statuses = [
        (await world.request(method, f"/v1/follow-requests/{who.id}", by=by)).status_code
        for method in ("PUT", "DELETE")
        for by, who in ((other, asker), (asker, asked), (asker, asker))
    ]

    assert statuses == [404] * 6
    assert (await world.relation(asker, asked))["requested"] is True


async def asking(world: World) -> tuple[Person, Person, Person]:
    asker, asked, other = await world.person(), await world.person(is_private=True), await world.person()
    await world.follow(asker, asked)
    return asker, asked, other
