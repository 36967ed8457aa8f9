"""A cursor is good for the list and the person that it was made for, and only as it was given."""

from typing import Any

import pytest

from tests.support.operations import NEVER_ID, ROUTES, Call
from tests.support.world import Person, World

LISTS = [name for name, route in ROUTES.items() if route.query and "cursor" in route.query.__struct_fields__]


async def home_cursor(world: World) -> tuple[Person, str]:
    person = await world.person()
    for _ in range(2):
        await world.write(person)
    cursor: str = (await world.get("/v1/feeds/home?limit=1", by=person)).json()["next"]
    return person, cursor


async def codes(world: World, by: Person, cursors: list[str], call: Call) -> set[str]:
    found = set()
    for cursor in cursors:
        reply = await Call(call.operation, call.path, {**call.query, "cursor": cursor}).send(world, by)
        found.add("200" if reply.is_success else f"{reply.status_code} {reply.json()['code']}")
    return found


@pytest.mark.parametrize("operation", [name for name in LISTS if name != "getHome"])
async def test_cursor_of_another_list_is_refused(world: World, operation: str) -> None:
    person, cursor = await home_cursor(world)
    post = await world.write(person)
    made = (await world.post("/v1/lists", by=person, json={"title": "Friends"})).json()
    known: dict[str, Any] = {"post_id": post["id"], "account_id": person.id, "tag": "spring"}
    known["list_id"] = made["id"]
    path = {name: known.get(name, NEVER_ID) for name in ROUTES[operation].parameters}
    query = {"q": "words"} if operation == "searchMessages" else {}

    assert await codes(world, person, [cursor], Call(operation, path, query)) == {"400 bad_cursor"}


async def test_cursor_of_another_person_is_refused(world: World) -> None:
    person, cursor = await home_cursor(world)
    other = await world.person()

    assert await codes(world, person, [cursor], Call("getHome")) == {"200"}
    assert await codes(world, other, [cursor], Call("getHome")) == {"400 bad_cursor"}


async def test_altered_cursors_are_refused(world: World) -> None:
    person, cursor = await home_cursor(world)
    flipped = [
        cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in range(len(cursor) - 1)
    ]
    altered = [*flipped, cursor[:-4], cursor + "AAAA", cursor[4:], cursor.swapcase(), cursor + "="]

    assert await codes(world, person, altered, Call("getHome")) == {"400 bad_cursor"}
