"""What is cached of two people is taken back for both, whoever of them acts."""

from collections.abc import Awaitable, Callable

import pytest

from hubbub.accounts import AccountPurged
from hubbub.graph.reactors import delete_edges
from tests.support.noted import noted_changes
from tests.support.world import Person, World

Verb = Callable[[World, Person, Person], Awaitable[object]]


async def follow(world: World, who: Person, whom: Person) -> None:
    await world.follow(who, whom)


async def unfollow(world: World, who: Person, whom: Person) -> None:
    (await world.delete(f"/v1/accounts/{whom.id}/follow", by=who)).raise_for_status()


async def dismiss(world: World, who: Person, whom: Person) -> None:
    (await world.delete(f"/v1/accounts/{who.id}/follower", by=whom)).raise_for_status()


async def accept(world: World, who: Person, whom: Person) -> None:
    (await world.put(f"/v1/follow-requests/{who.id}", by=whom)).raise_for_status()


async def block(world: World, who: Person, whom: Person) -> None:
    await world.block(who, whom)


async def unblock(world: World, who: Person, whom: Person) -> None:
    (await world.delete(f"/v1/accounts/{whom.id}/block", by=who)).raise_for_status()


@pytest.mark.parametrize("verb", [unfollow, dismiss])
async def test_end_of_a_follow_changes_both_people_and_the_followers_home(world: World, verb: Verb) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)

    with noted_changes(world) as noted:
        await verb(world, ada, bob)

    assert noted == {"relations": {ada.id, bob.id}, "home": {ada.id}, "counts": {ada.id, bob.id}}


@pytest.mark.parametrize("is_private", [False, True])
async def test_follow_changes_both_people_and_the_followers_home(world: World, is_private: bool) -> None:
    ada, bob = await world.person(), await world.person(is_private=is_private)
    if is_private:
        await world.follow(ada, bob)

    with noted_changes(world) as noted:
        await (accept if is_private else follow)(world, ada, bob)

    assert noted == {"relations": {ada.id, bob.id}, "home": {ada.id}, "counts": {ada.id, bob.id}}


@pytest.mark.parametrize("verb", [block, unblock])
async def test_block_and_its_end_change_both_people_and_both_homes(world: World, verb: Verb) -> None:
    ada, bob = await world.person(), await world.person()
    if verb is unblock:
        await world.block(ada, bob)

    with noted_changes(world) as noted:
        await verb(world, ada, bob)

    assert noted == {"relations": {ada.id, bob.id}, "home": {ada.id, bob.id}}


async def test_mute_is_known_to_the_muter_alone(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    with noted_changes(world) as noted:
        await world.mute(ada, bob)
        await world.delete(f"/v1/accounts/{bob.id}/mute", by=ada)

    assert noted == {"relations": {ada.id}}


@pytest.mark.parametrize("verb", [follow, unblock, unfollow])
async def test_repeat_that_changes_nothing_is_not_noted(world: World, verb: Verb) -> None:
    ada, bob = await world.person(), await world.person()
    await verb(world, ada, bob)

    with noted_changes(world) as noted:
        await verb(world, ada, bob)

    assert noted == {}


async def test_purge_changes_everyone_who_followed_or_was_followed(world: World) -> None:
    ada, bob, cleo = [await world.person() for _ in range(3)]
    await world.follow(ada, bob)
    await world.follow(bob, cleo)

    with noted_changes(world) as noted:
        async with world.db.transaction() as tx:
            await delete_edges(tx, [AccountPurged(account_id=bob.id)])

    assert noted["relations"] == {ada.id, bob.id, cleo.id}
    assert noted["home"] == {ada.id, bob.id}
    assert noted["counts"] >= {ada.id, cleo.id}
