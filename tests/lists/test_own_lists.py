"""Making, changing and deleting lists; and that they are nobody else's business."""

from dataclasses import replace
from typing import Any

import pytest

from hubbub.lists import MAX_LISTS
from tests.lists.support import Lists
from tests.support.operations import NEVER_ID, Call
from tests.support.world import World

BODIES: dict[str, Any] = {"updateList": {"title": "Mine now"}}
ABOUT_ONE = ("getList", "updateList", "deleteList", "listListMembers", "getListFeed")


async def test_new_list_is_empty_shows_answers_to_its_members_and_leaves_home_alone(lists: Lists) -> None:
    reply = await lists.world.post("/v1/lists", by=lists.owner, json={"title": "  Close\n friends "})

    found = reply.json()
    assert reply.status_code == 201
    assert found == {
        "id": found["id"],
        "title": "Close friends",
        "replies": "list",
        "exclusive": False,
        "members_count": 0,
        "created_at": found["created_at"],
    }
    assert await lists.one(found["id"]) == found


async def test_lists_come_newest_first_on_one_page(lists: Lists) -> None:
    made = [await lists.make(title=f"Number {number}") for number in range(25)]

    page = (await lists.world.get("/v1/lists", by=lists.owner)).json()

    assert [item["id"] for item in page["items"]] == made[::-1]
    assert (page["next"], page["prev"]) == (None, None)


async def test_change_leaves_what_it_does_not_name(lists: Lists) -> None:
    list_id = await lists.make(title="Old", replies="followed", exclusive=True)
    before = await lists.one(list_id)

    for fields in ({"title": "New"}, {"replies": "none"}, {"exclusive": False}, {}):
        reply = await lists.world.patch(f"/v1/lists/{list_id}", by=lists.owner, json=fields)
        before |= fields

        assert (reply.status_code, reply.json()) == (200, before)
    assert await lists.one(list_id) == before


async def test_deleted_list_is_gone_with_its_members_and_they_stay_followed(lists: Lists) -> None:
    friend = await lists.world.person()
    list_id = await lists.make(friend)

    deleted = await lists.world.delete(f"/v1/lists/{list_id}", by=lists.owner)
    again = await lists.world.delete(f"/v1/lists/{list_id}", by=lists.owner)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (again.status_code, again.json()["code"]) == (404, "list_not_found")
    assert await lists.ids("/v1/lists") == []
    assert await lists.world.value("SELECT count(*) FROM list_members") == 0
    assert (await lists.world.relation(lists.owner, friend))["following"] is True


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"title": ""}, ("/title", "required")),
        ({"title": " \n\t "}, ("/title", "required")),
        ({"title": "x" * 101}, ("/title", "too_long")),
        ({"title": "x" * 2001}, ("/title", "too_long")),
        ({"title": "a\u202eb"}, ("/title", "invalid_text")),
        ({"title": "a\x00b"}, ("/title", "invalid_text")),
        ({"title": None}, ("/title", "wrong_type")),
        ({"title": "x", "replies": "all"}, ("/replies", "unknown_value")),
        ({"title": "x", "exclusive": "yes"}, ("/exclusive", "wrong_type")),
        ({"title": "x", "members_count": 3}, ("/members_count", "unknown_field")),
    ],
)
async def test_what_is_no_list_is_refused_and_changes_nothing(
    lists: Lists, body: dict[str, Any], error: tuple[str, str]
) -> None:
    list_id = await lists.make(title="As it was")
    before = await lists.one(list_id)

    made = await lists.world.post("/v1/lists", by=lists.owner, json=body)
    changed = await lists.world.patch(f"/v1/lists/{list_id}", by=lists.owner, json=body)

    for reply in (made, changed):
        assert reply.status_code == 422
        assert [(e["pointer"], e["code"]) for e in reply.json()["errors"]] == [error]
    assert await lists.ids("/v1/lists") == [list_id]
    assert await lists.one(list_id) == before


async def test_list_needs_a_title(lists: Lists) -> None:
    reply = await lists.world.post("/v1/lists", by=lists.owner, json={"replies": "none"})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "missing_field"


async def test_title_holds_a_hundred_characters_as_people_count_them(lists: Lists) -> None:
    title = "👩‍👩‍👧" * 100

    assert (await lists.one(await lists.make(title=title)))["title"] == title


async def test_lists_are_made_up_to_the_limit_and_no_further(lists: Lists) -> None:
    for number in range(MAX_LISTS):
        await lists.make(title=str(number))

    one_more = await lists.world.post("/v1/lists", by=lists.owner, json={"title": "One more"})

    assert (one_more.status_code, one_more.json()["code"]) == (409, "too_many_lists")
    assert len(await lists.ids("/v1/lists")) == MAX_LISTS


@pytest.mark.parametrize("operation", [*ABOUT_ONE, "addListMember", "removeListMember"])
async def test_list_of_another_is_answered_like_one_that_never_was(lists: Lists, operation: str) -> None:
    friend, other = await lists.world.person(), await lists.world.person()
    list_id = await lists.make(friend, title="Secret")
    await lists.world.follow(other, friend)
    before = await lists.one(list_id)
    path = {"list_id": list_id, "account_id": friend.id}
    call = Call(operation, path, body=BODIES.get(operation), headers={"X-Request-Id": "same"})

    foreign = await call.send(lists.world, other)
    never = await replace(call, path=path | {"list_id": NEVER_ID}).send(lists.world, other)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "list_not_found")
    assert foreign.content == never.content
    assert await lists.one(list_id) == before
    assert await lists.members(list_id) == [str(friend.id)]


async def test_others_see_nothing_of_lists_in_their_own(world: World, lists: Lists) -> None:
    friend = await world.person()
    await lists.make(friend)
    await world.follow(friend, lists.owner)

    for path in ("/v1/lists", f"/v1/accounts/{lists.owner.id}/lists", f"/v1/accounts/{friend.id}/lists"):
        assert (await world.get(path, by=friend)).json()["items"] == [], path
