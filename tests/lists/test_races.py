"""Requests at one moment never pass a bound, nor leave a member who is not followed."""

import asyncio

import pytest

from hubbub.lists import TooManyLists, TooManyMembers, service
from tests.lists.support import Lists
from tests.support.storms import storm

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def test_five_adds_at_the_bound_never_pass_it(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_MEMBERS", 3)
    people = [await lists.world.person() for _ in range(7)]
    list_id = await lists.make(*people[:2])
    for person in people[2:]:
        await lists.world.follow(lists.owner, person)

    statuses = await storm(
        lists.world, [lists.add(list_id, person) for person in people[2:]], allowed={200, 409}
    )

    assert sorted(statuses) == [200, 409, 409, 409, 409]
    assert len(await lists.members(list_id)) == 3


async def test_five_adds_past_the_turns_of_a_process_never_pass_the_bound(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_MEMBERS", 3)
    people = [await lists.world.person() for _ in range(7)]
    list_id = await lists.make(*people[:2])
    for person in people[2:]:
        await lists.world.follow(lists.owner, person)
    await lists.world.fill_pool()

    async def add(member_id: int) -> bool:
        try:
            await lists.world.db.write(
                lambda tx: service.add_member(
                    tx, owner_id=lists.owner.id, list_id=int(list_id), member_id=member_id
                )
            )
        except TooManyMembers:
            return False
        return True

    assert sorted(await asyncio.gather(*(add(person.id) for person in people[2:]))) == [False] * 4 + [True]
    assert (await lists.one(list_id))["members_count"] == 3


async def test_lists_made_at_once_never_pass_the_bound(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_LISTS", 3)
    await lists.make()
    await lists.world.fill_pool()

    async def make() -> bool:
        try:
            await lists.world.db.write(
                lambda tx: service.create_list(tx, owner_id=lists.owner.id, title="One more")
            )
        except TooManyLists:
            return False
        return True

    assert sorted(await asyncio.gather(*(make() for _ in range(5)))) == [False] * 3 + [True] * 2
    assert len(await lists.ids("/v1/lists")) == 3


async def test_the_same_member_added_ten_times_at_once_is_there_once(lists: Lists) -> None:
    friend = await lists.world.person()
    list_id = await lists.make()
    await lists.world.follow(lists.owner, friend)

    await storm(lists.world, [lists.add(list_id, friend) for _ in range(10)], allowed={200})

    assert await lists.members(list_id) == [str(friend.id)]


@pytest.mark.parametrize("_", range(5))
async def test_adding_and_unfollowing_at_once_leave_no_row_behind(lists: Lists, _: int) -> None:
    world = lists.world
    people = [await world.person() for _ in range(6)]
    list_id = await lists.make()
    for person in people:
        await world.follow(lists.owner, person)
    requests = []
    for person in people:
        requests.append(lists.add(list_id, person))
        requests.append(world.delete(f"/v1/accounts/{person.id}/follow", by=lists.owner))

    await storm(world, requests, allowed={200, 409})
    await world.settle()

    assert await lists.members(list_id) == []
    assert await world.value("SELECT count(*) FROM list_members") == 0


async def test_unfollow_waits_for_who_is_just_adding_and_then_takes_the_member_off(lists: Lists) -> None:
    world, friend = lists.world, await lists.world.person()
    list_id = await lists.make()
    await world.follow(lists.owner, friend)

    async with world.db.transaction() as tx:
        await service.add_member(tx, owner_id=lists.owner.id, list_id=int(list_id), member_id=friend.id)
        unfollow = asyncio.create_task(world.delete(f"/v1/accounts/{friend.id}/follow", by=lists.owner))
        async with asyncio.timeout(5):
            while not (unfollow.done() or await world.value(WAITING)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await unfollow
    await world.settle()

    assert await lists.members(list_id) == []
    assert await world.value("SELECT count(*) FROM list_members") == 0


async def test_adding_to_a_list_that_is_just_deleted_is_taken_or_not_found(lists: Lists) -> None:
    people = [await lists.world.person() for _ in range(6)]
    list_id = await lists.make()
    for person in people:
        await lists.world.follow(lists.owner, person)
    requests = [lists.add(list_id, person) for person in people]
    requests.insert(3, lists.world.delete(f"/v1/lists/{list_id}", by=lists.owner))

    statuses = await storm(lists.world, requests, allowed={200, 204, 404})

    assert statuses[3] == 204
    assert await lists.world.value("SELECT count(*) FROM list_members") == 0
