"""Who may be on a list, and until when."""

import pytest

from hubbub.lists import service
from tests.lists.support import Lists, everything
from tests.support.operations import NEVER_ID
from tests.support.world import Person, World


async def test_members_come_in_the_order_they_were_added_last_first(lists: Lists) -> None:
    people = [await lists.world.person() for _ in range(5)]
    list_id = await lists.make(*people)

    expected = [str(person.id) for person in reversed(people)]

    assert await lists.members(list_id) == expected
    assert await everything(lists.world, f"/v1/lists/{list_id}/members", lists.owner, 2) == expected
    assert (await lists.one(list_id))["members_count"] == 5


async def test_adding_and_removing_may_be_repeated_and_answer_the_list(lists: Lists) -> None:
    friend = await lists.world.person()
    list_id = await lists.make(friend)

    again = await lists.add(list_id, friend)
    removed = [await lists.remove(list_id, friend) for _ in range(2)]

    assert (again.status_code, again.json()["members_count"]) == (200, 1)
    assert [(reply.status_code, reply.json()["members_count"]) for reply in removed] == [(200, 0)] * 2
    assert removed[1].json() == await lists.one(list_id)


async def test_adding_again_keeps_a_members_place(lists: Lists) -> None:
    first, second = await lists.world.person(), await lists.world.person()
    list_id = await lists.make(first, second)

    await lists.add(list_id, first)

    assert await lists.members(list_id) == [str(second.id), str(first.id)]


async def test_owner_may_be_on_a_list_of_theirs(lists: Lists) -> None:
    list_id = await lists.make(lists.owner)
    own = await lists.world.write(lists.owner)

    assert await lists.members(list_id) == [str(lists.owner.id)]
    assert await lists.feed(list_id) == [own["id"]]
    assert (await lists.remove(list_id, lists.owner)).json()["members_count"] == 0


async def test_only_people_whom_the_owner_follows_can_be_added(lists: Lists) -> None:
    world, list_id = lists.world, await lists.make()
    stranger, fan, asked = [await world.person(is_private=is_private) for is_private in (False, False, True)]
    await world.follow(fan, lists.owner)
    await world.follow(lists.owner, asked)

    for person in (stranger, fan, asked):
        reply = await lists.add(list_id, person)
        assert (reply.status_code, reply.json()["code"]) == (409, "member_not_followed")
    assert await lists.members(list_id) == []


async def test_who_is_missing_or_hidden_cannot_be_added_and_answers_alike(lists: Lists) -> None:
    world, list_id = lists.world, await lists.make()
    blocking, gone = await world.person(), await world.person()
    await world.follow(lists.owner, gone)
    await world.block(blocking, lists.owner)
    await world.set_state(gone, "suspended")

    for account_id in (blocking.id, gone.id, NEVER_ID, 2**63 - 1):
        reply = await world.put(f"/v1/lists/{list_id}/members/{account_id}", by=lists.owner)
        assert (reply.status_code, reply.json()["code"]) == (404, "account_not_found")


async def test_removing_tells_nothing_of_whether_there_is_such_an_account(lists: Lists) -> None:
    world, list_id = lists.world, await lists.make()
    blocking = await world.person()
    await world.block(blocking, lists.owner)

    for account_id in (blocking.id, NEVER_ID):
        reply = await world.delete(f"/v1/lists/{list_id}/members/{account_id}", by=lists.owner)
        assert (reply.status_code, reply.json()) == (200, await lists.one(list_id))


async def end_follow(world: World, how: str, owner: Person, member: Person) -> None:
    verbs = {
        "unfollow": ("DELETE", f"/v1/accounts/{member.id}/follow", owner),
        "removal": ("DELETE", f"/v1/accounts/{owner.id}/follower", member),
        "block": ("PUT", f"/v1/accounts/{member.id}/block", owner),
        "block by the member": ("PUT", f"/v1/accounts/{owner.id}/block", member),
    }
    method, path, by = verbs[how]
    (await world.request(method, path, by=by)).raise_for_status()


ENDS = ["unfollow", "removal", "block", "block by the member"]


@pytest.mark.parametrize("how", ENDS)
async def test_membership_ends_with_the_follow_on_the_very_next_read(lists: Lists, how: str) -> None:
    world, friend, other = lists.world, await lists.world.person(), await lists.world.person()
    list_id = await lists.make(friend, other)
    await world.write(friend)
    kept = await world.write(other)

    await end_follow(world, how, lists.owner, friend)

    assert await lists.members(list_id) == [str(other.id)]
    assert await lists.feed(list_id) == [kept["id"]]
    assert (await lists.one(list_id))["members_count"] == 1
    assert await world.value("SELECT count(*) FROM list_members") == 2
    await world.settle()
    assert await world.value("SELECT count(*) FROM list_members") == 1


@pytest.mark.parametrize("is_settled", [False, True])
async def test_following_again_does_not_bring_a_member_back(lists: Lists, is_settled: bool) -> None:
    world, friend = lists.world, await lists.world.person()
    list_id = await lists.make(friend)
    await end_follow(world, "unfollow", lists.owner, friend)
    if is_settled:
        await world.settle()
    await world.follow(lists.owner, friend)

    without = await lists.members(list_id)
    added = await lists.add(list_id, friend)
    await world.settle()

    assert (without, added.status_code) == ([], 200)
    assert await lists.members(list_id) == [str(friend.id)]


async def test_members_who_are_hidden_are_left_out_until_they_are_back(lists: Lists) -> None:
    world, friend = lists.world, await lists.world.person()
    list_id = await lists.make(friend)

    await world.set_state(friend, "suspended")
    hidden = await lists.members(list_id)
    await world.set_state(friend, "active")

    assert hidden == []
    assert await lists.members(list_id) == [str(friend.id)]


async def test_lists_with_an_account_are_those_it_is_on(lists: Lists) -> None:
    world = lists.world
    friend, other = await world.person(), await world.person()
    with_friend = [await lists.make(friend), await lists.make(friend, other)]
    await lists.make(other)

    path = f"/v1/accounts/{friend.id}/lists"
    found = (await world.get(path, by=lists.owner)).json()["items"]
    await end_follow(world, "unfollow", lists.owner, friend)

    assert found[0] == {**await lists.one(with_friend[1]), "members_count": 2}
    assert [item["id"] for item in found] == with_friend[::-1]
    assert await lists.ids(path) == []


async def test_lists_with_a_hidden_account_are_not_found(lists: Lists) -> None:
    friend = await lists.world.person()
    await lists.make(friend)
    await lists.world.block(friend, lists.owner)

    for account_id in (friend.id, NEVER_ID):
        reply = await lists.world.get(f"/v1/accounts/{account_id}/lists", by=lists.owner)
        assert (reply.status_code, reply.json()["code"]) == (404, "account_not_found")


async def test_members_are_taken_up_to_the_limit_and_no_further(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_MEMBERS", 3)
    people = [await lists.world.person() for _ in range(4)]
    list_id = await lists.make(*people[:3])
    await lists.world.follow(lists.owner, people[3])

    refused = await lists.add(list_id, people[3])
    repeated = await lists.add(list_id, people[0])
    await end_follow(lists.world, "unfollow", lists.owner, people[1])
    taken = await lists.add(list_id, people[3])

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_members")
    assert (repeated.status_code, taken.status_code) == (200, 200)
    assert await lists.members(list_id) == [str(people[number].id) for number in (3, 2, 0)]
