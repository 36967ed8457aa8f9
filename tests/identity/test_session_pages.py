"""Pages of sessions: each device once, in order, both ways, whatever the size of the page."""

from typing import Any

import pytest

from hubbub.identity.clients import Client
from hubbub.identity.service.sessions import open_session
from tests.support.identity import log_in_as, problem
from tests.support.world import Person, World

PATH = "/v1/auth/sessions"


@pytest.fixture
async def ada(world: World) -> Person:
    """With seven sessions; she uses the oldest."""
    ada = await world.person("ada")
    async with world.db.transaction() as tx:
        for number in range(6):
            client = Client(ip=f"192.0.2.{number}", user_agent="tests")
            await open_session(world.services, tx, account_id=ada.id, client=client)
    return ada


async def page(world: World, by: Person, cursor: str | None = None, limit: int = 3) -> dict[str, Any]:
    more = f"&cursor={cursor}" if cursor else ""
    reply = await world.get(f"{PATH}?limit={limit}{more}", by=by)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def ids(found: dict[str, Any]) -> list[int]:
    return [int(item["id"]) for item in found["items"]]


async def all_ids(world: World) -> list[int]:
    return [row["id"] for row in await world.rows("SELECT id FROM sessions ORDER BY id DESC")]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 100])
async def test_pages_of_any_size_hold_each_session_once(world: World, ada: Person, limit: int) -> None:
    seen, found = [], await page(world, ada, limit=limit)
    seen += ids(found)
    while found["next"]:
        found = await page(world, ada, found["next"], limit)
        assert found["items"], "a cursor leads to something"
        seen += ids(found)

    assert seen == await all_ids(world)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_going_back_gives_the_same_pages(world: World, ada: Person, limit: int) -> None:
    forth = [await page(world, ada, limit=limit)]
    while forth[-1]["next"]:
        forth.append(await page(world, ada, forth[-1]["next"], limit))

    found, back = forth[-1], []
    while found["prev"]:
        found = await page(world, ada, found["prev"], limit)
        back.append(ids(found))

    assert [each for each in back if each] == [ids(each) for each in forth[-2::-1]]


async def test_the_first_page_has_nothing_before_it(world: World, ada: Person) -> None:
    found = await page(world, ada)

    assert found["prev"] is None
    assert found["next"] is not None


async def test_the_link_header_leads_where_the_cursors_lead(world: World, ada: Person) -> None:
    first = await page(world, ada)

    reply = await world.get(f"{PATH}?limit=3&cursor={first['next']}", by=ada)

    body, link = reply.json(), reply.headers["link"]
    assert f'<http://test{PATH}?limit=3&cursor={body["next"]}>; rel="next"' in link
    assert f'<http://test{PATH}?limit=3&cursor={body["prev"]}>; rel="prev"' in link


async def test_a_session_that_ends_between_pages_moves_no_other(world: World, ada: Person) -> None:
    first = await page(world, ada)
    await world.delete(f"{PATH}/{ids(first)[0]}", by=ada)
    await world.delete(f"{PATH}/{ids(first)[-1]}", by=ada)

    second = await page(world, ada, first["next"])

    assert ids(second) == (await all_ids(world))[3:6]


async def test_a_new_session_is_found_by_going_back_and_not_by_going_on(world: World, ada: Person) -> None:
    first = await page(world, ada)
    second = await page(world, ada, first["next"])
    await log_in_as(world, ada)

    back = await page(world, ada, second["prev"], limit=10)

    assert ids(back) == (await all_ids(world))[:4]
    assert ids(await page(world, ada, first["next"])) == ids(second)


async def test_sessions_that_ended_are_in_no_page(world: World, ada: Person) -> None:
    newest, second, third, *rest = await all_ids(world)
    await world.rows("UPDATE sessions SET expires_at = now() WHERE id = $1", newest)
    await world.delete(f"{PATH}/{second}", by=ada)
    await world.delete(f"{PATH}/{third}", by=ada)

    assert ids(await page(world, ada, limit=100)) == rest


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=many", "limit=", "cursor=", "page=2", "limit=1&limit=2"],
)
async def test_what_is_no_page_is_refused(world: World, ada: Person, query: str) -> None:
    assert problem(await world.get(f"{PATH}?{query}", by=ada)) == (422, "invalid")


async def test_a_cursor_is_good_for_its_owner_only(world: World, ada: Person) -> None:
    bob = await world.person("bob")
    cursor = (await page(world, ada))["next"]

    reply = await world.get(f"{PATH}?cursor={cursor}", by=bob)

    assert problem(reply) == (400, "bad_cursor")


async def test_a_cursor_is_good_for_any_size_of_page(world: World, ada: Person) -> None:
    cursor = (await page(world, ada, limit=2))["next"]

    assert ids(await page(world, ada, cursor, limit=4)) == (await all_ids(world))[2:6]


async def test_exactly_one_session_is_the_current_one(world: World, ada: Person) -> None:
    found = await page(world, ada, limit=100)

    assert [int(item["id"]) for item in found["items"] if item["is_current"]] == [ada.session_id]
