"""What the graph says of two people; nothing when nothing changed."""

from typing import Any

import pytest

from tests.support.announcements import announcements, forget_announcements
from tests.support.world import Person, World


async def send(world: World, who: Person, verb: str, whom: Person) -> int:
    """`verb` such as `PUT follow`, or `PUT request` to accept one."""
    method, relation = verb.split()
    path = f"/v1/follow-requests/{whom.id}" if relation == "request" else f"/v1/accounts/{whom.id}/{relation}"
    return (await world.request(method, path, by=who)).status_code


def pair(first: str, one: Person, second: str, other: Person) -> dict[str, Any]:
    return {first: one.id, second: other.id}


def of_two(body: dict[str, Any]) -> dict[str, Any]:
    """Whom it names, without how it came about."""
    return {name: value for name, value in body.items() if name != "is_accepted"}


def acted_on(one: Person, other: Person) -> list[dict[str, Any]]:
    roles = (("follower_id", "followee_id"), ("blocker_id", "blocked_id"), ("muter_id", "muted_id"))
    return [pair(first, one, second, other) for first, second in roles]


@pytest.mark.parametrize(
    ("before", "verb", "kinds"),
    [
        ([], "PUT follow", ["AccountFollowed"]),
        (["PUT follow"], "PUT follow", []),
        (["PUT follow"], "DELETE follow", ["AccountUnfollowed"]),
        ([], "DELETE follow", []),
        ([], "DELETE follower", []),
        ([], "PUT block", ["AccountBlocked"]),
        (["PUT block"], "PUT block", []),
        (["PUT block"], "DELETE block", ["AccountUnblocked"]),
        ([], "DELETE block", []),
        ([], "PUT mute", ["AccountMuted"]),
        (["PUT mute"], "DELETE mute", ["AccountUnmuted"]),
        ([], "DELETE mute", []),
        (["PUT follow"], "PUT block", ["AccountUnfollowed", "AccountBlocked"]),
    ],
)
async def test_verb_announces_what_it_changed(
    world: World, before: list[str], verb: str, kinds: list[str]
) -> None:
    ada, bob = await world.person(), await world.person()
    for each in before:
        await send(world, ada, each, bob)
    await forget_announcements(world)

    assert await send(world, ada, verb, bob) == 200

    found = await announcements(world)
    assert [kind for kind, _ in found] == kinds
    assert all(of_two(body) in acted_on(ada, bob) for _, body in found)


@pytest.mark.parametrize(
    ("before", "who", "verb", "kinds"),
    [
        ([], "asker", "PUT follow", ["FollowRequested"]),
        (["PUT follow"], "asker", "PUT follow", []),
        (["PUT follow"], "asker", "DELETE follow", ["FollowRequestRemoved"]),
        (["PUT follow"], "asker", "PUT block", ["FollowRequestRemoved", "AccountBlocked"]),
        (["PUT follow"], "private", "PUT request", ["AccountFollowed", "FollowAccepted"]),
        (["PUT follow"], "private", "DELETE request", ["FollowRequestRemoved"]),
        (["PUT follow"], "private", "DELETE follower", []),
    ],
)
async def test_request_is_announced_at_each_turn(
    world: World, before: list[str], who: str, verb: str, kinds: list[str]
) -> None:
    asker, private = await world.person(), await world.person(is_private=True)
    for each in before:
        await send(world, asker, each, private)
    await forget_announcements(world)

    sides = {"asker": (asker, private), "private": (private, asker)}
    assert await send(world, sides[who][0], verb, sides[who][1]) == 200

    found = await announcements(world)
    assert [kind for kind, _ in found] == kinds
    follower = pair("follower_id", asker, "followee_id", private)
    assert all(of_two(body) == follower for kind, body in found if kind != "AccountBlocked")
    assert [body["is_accepted"] for kind, body in found if kind == "AccountFollowed"] in ([], [True])


async def test_removed_follower_has_unfollowed(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)
    await forget_announcements(world)

    await send(world, bob, "DELETE follower", ada)

    unfollowed = pair("follower_id", ada, "followee_id", bob)
    assert await announcements(world) == [("AccountUnfollowed", unfollowed)]


async def test_block_ends_follows_both_ways_aloud(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)
    await world.follow(bob, ada)
    await forget_announcements(world)

    await world.block(ada, bob)

    cut = await announcements(world, "AccountUnfollowed")
    assert sorted(body["follower_id"] for _, body in cut) == sorted([ada.id, bob.id])


async def test_refused_verbs_announce_nothing(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.block(bob, ada)
    await forget_announcements(world)

    verbs = ("PUT follow", "PUT block", "PUT mute", "DELETE mute", "PUT request", "DELETE request")
    statuses = {await send(world, ada, verb, bob) for verb in verbs}

    assert statuses == {404}
    assert await announcements(world) == []
