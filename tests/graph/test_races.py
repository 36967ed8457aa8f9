"""Verbs of two people at one moment end in a state that one order of them could have left."""

import pytest

from tests.support.storms import assert_no_drift, storm
from tests.support.world import Person, World

NOTHING = {"follows": 0, "follow_requests": 0}


async def edges(world: World) -> dict[str, int]:
    [row] = await world.rows(
        "SELECT (SELECT count(*) FROM follows) AS follows,"
        " (SELECT count(*) FROM follow_requests) AS follow_requests"
    )
    return row


async def pair(world: World, *, is_private: bool = False) -> tuple[Person, Person]:
    return await world.person(), await world.person(is_private=is_private)


async def test_follow_and_unfollow_at_once_count_as_their_rows(world: World) -> None:
    ada, bob = await pair(world)
    path = f"/v1/accounts/{bob.id}/follow"

    await storm(
        world, [send(path, by=ada) for _ in range(15) for send in (world.put, world.delete)], allowed={200}
    )

    relation = await world.relation(ada, bob)
    assert (await world.counts(bob))["followers"] == int(relation["following"])
    assert await world.announced("AccountFollowed") - await world.announced("AccountUnfollowed") == int(
        relation["following"]
    )
    await assert_no_drift(world)


@pytest.mark.parametrize("is_private", [False, True])
async def test_fifty_identical_follows_are_one(world: World, is_private: bool) -> None:
    ada, bob = await pair(world, is_private=is_private)

    await storm(world, [world.put(f"/v1/accounts/{bob.id}/follow", by=ada) for _ in range(50)], allowed={200})

    assert await edges(world) == {"follows": int(not is_private), "follow_requests": int(is_private)}
    assert await world.announced("FollowRequested") == int(is_private)
    await assert_no_drift(world)


async def test_block_ends_what_is_followed_at_the_same_moment(world: World) -> None:
    ada, bob = await pair(world)
    follows = [
        world.put(f"/v1/accounts/{whom.id}/follow", by=who) for who, whom in ((ada, bob), (bob, ada)) * 5
    ]

    await storm(
        world,
        [*follows[:5], world.put(f"/v1/accounts/{ada.id}/block", by=bob), *follows[5:]],
        allowed={200, 404},
    )

    assert await edges(world) == NOTHING
    assert (await world.counts(bob)) == {"followers": 0, "following": 0, "posts": 0}
    await assert_no_drift(world)


async def test_two_who_block_each_other_at_once_leave_no_follow(world: World) -> None:
    ada, bob = await pair(world)
    await world.follow(ada, bob)
    await world.follow(bob, ada)

    statuses = await storm(
        world,
        [
            world.put(f"/v1/accounts/{whom.id}/block", by=who)
            for who, whom in ((ada, bob), (bob, ada))
            for _ in range(5)
        ],
        allowed={200, 404},
    )

    assert 200 in statuses
    assert await edges(world) == NOTHING
    await assert_no_drift(world)


async def test_follow_of_an_account_that_just_closes_is_a_follow_or_a_request(world: World) -> None:
    bob, *fans = [await world.person() for _ in range(8)]
    path = f"/v1/accounts/{bob.id}/follow"
    requests = [world.put(path, by=fan) for fan in fans]

    await storm(
        world,
        [*requests[:3], world.patch("/v1/me", by=bob, json={"is_private": True}), *requests[3:]],
        allowed={200},
    )

    found = await edges(world)
    assert found["follows"] + found["follow_requests"] == len(fans)
    assert (await world.counts(bob))["followers"] == found["follows"]
    await assert_no_drift(world)


async def test_accept_reject_and_withdrawal_at_once_leave_one_outcome(world: World) -> None:
    ada, bob = await pair(world, is_private=True)
    await world.follow(ada, bob)
    request = f"/v1/follow-requests/{ada.id}"

    await storm(
        world,
        [
            send
            for _ in range(5)
            for send in (
                world.put(request, by=bob),
                world.delete(request, by=bob),
                world.delete(f"/v1/accounts/{bob.id}/follow", by=ada),
            )
        ],
        allowed={200, 404},
    )

    found = await edges(world)
    assert found["follow_requests"] == 0
    assert found["follows"] in (0, 1)
    assert await world.announced("FollowAccepted") <= 2
    await assert_no_drift(world)


async def test_mutes_at_once_leave_the_scope_that_is_told(world: World) -> None:
    ada, bob = await pair(world)
    path = f"/v1/accounts/{bob.id}/mute"

    await storm(
        world,
        [world.put(f"{path}?scope={scope}", by=ada) for scope in ("all", "posts", "reposts") * 5],
        allowed={200},
    )

    [row] = await world.rows("SELECT scope FROM mutes")
    relation = await world.relation(ada, bob)
    assert (relation["muting"], relation["muting_reposts"]) == (
        row["scope"] in ("all", "posts"),
        row["scope"] in ("all", "reposts"),
    )


async def test_followers_removed_while_they_leave_count_once(world: World) -> None:
    bob, *fans = [await world.person() for _ in range(6)]
    for fan in fans:
        await world.follow(fan, bob)

    await storm(
        world,
        [
            send
            for fan in fans
            for send in (
                world.delete(f"/v1/accounts/{fan.id}/follower", by=bob),
                world.delete(f"/v1/accounts/{bob.id}/follow", by=fan),
            )
        ],
        allowed={200},
    )

    assert (await world.counts(bob))["followers"] == 0
    assert await world.announced("AccountUnfollowed") == len(fans)
    await assert_no_drift(world)
