import asyncio

import pytest

from hubbub.accounts import State
from tests.support.world import World


async def test_follow_is_answered_seen_from_both_sides_counted_and_announced(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    reply = await world.put(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert (reply.status_code, reply.json()["following"], reply.json()["requested"]) == (200, True, False)
    assert (await world.relation(bob, ada))["followed_by"] is True
    assert (await world.counts(ada))["following"] == 1
    assert (await world.counts(bob))["followers"] == 1
    assert await world.announced("AccountFollowed") == 1


async def test_follow_may_be_repeated(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)

    await world.follow(ada, bob)

    assert (await world.counts(bob))["followers"] == 1
    assert await world.announced("AccountFollowed") == 1


async def test_private_account_is_asked(world: World) -> None:
    ada, bob = await world.person(), await world.person(is_private=True)

    reply = await world.put(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert (reply.status_code, reply.json()["following"], reply.json()["requested"]) == (200, False, True)
    assert (await world.relation(bob, ada))["requested_by"] is True
    assert (await world.counts(bob))["followers"] == 0


async def test_nobody_follows_themselves(world: World) -> None:
    ada = await world.person()

    reply = await world.put(f"/v1/accounts/{ada.id}/follow", by=ada)

    assert (reply.status_code, reply.json()["code"]) == (422, "not_yourself")


@pytest.mark.parametrize("state", ["deactivated", "suspended", "deleting", "deleted"])
async def test_who_is_not_active_cannot_be_followed(world: World, state: State) -> None:
    ada, bob = await world.person(), await world.person()
    await world.set_state(bob, state)

    reply = await world.put(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert (reply.status_code, reply.json()["code"]) == (404, "account_not_found")


async def test_nobody_follows_across_a_block_either_way(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.block(ada, bob)

    replies = [
        await world.put(f"/v1/accounts/{bob.id}/follow", by=ada),
        await world.put(f"/v1/accounts/{ada.id}/follow", by=bob),
    ]

    assert [reply.json()["code"] for reply in replies] == ["account_not_found"] * 2
    assert await world.value("SELECT count(*) FROM follows") == 0


async def test_follows_and_requests_together_are_bounded(world: World) -> None:
    ada, bob, cleo = await world.person(), await world.person(), await world.person(is_private=True)
    await world.rows(
        "INSERT INTO follows SELECT $1, n, n FROM generate_series(1, 9998) n RETURNING id", ada.id
    )
    await world.rows("INSERT INTO follow_requests VALUES (1, $1, 1)", ada.id)
    await world.follow(ada, bob)

    refused = await world.put(f"/v1/accounts/{cleo.id}/follow", by=ada)
    repeated = await world.put(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_follows")
    assert repeated.json()["following"] is True


async def test_request_at_the_bound_becomes_a_follow_once_the_account_is_public(world: World) -> None:
    ada, cleo = await world.person(), await world.person(is_private=True)
    await world.rows(
        "INSERT INTO follows SELECT $1, n, n FROM generate_series(1, 9999) n RETURNING id", ada.id
    )
    await world.follow(ada, cleo)
    await world.set_private(cleo, False)

    reply = await world.put(f"/v1/accounts/{cleo.id}/follow", by=ada)

    assert (reply.status_code, reply.json()["following"], reply.json()["requested"]) == (200, True, False)
    assert await world.value("SELECT count(*) FROM follow_requests") == 0


async def test_the_bound_holds_for_many_follows_at_once(world: World) -> None:
    ada, others = await world.person(), [await world.person() for _ in range(8)]
    await world.rows(
        "INSERT INTO follows SELECT $1, n, n FROM generate_series(1, 9997) n RETURNING id", ada.id
    )

    replies = await asyncio.gather(
        *(world.put(f"/v1/accounts/{other.id}/follow", by=ada) for other in others)
    )

    assert sorted(reply.status_code for reply in replies) == [200] * 3 + [409] * 5


async def test_fifty_follows_at_once_are_one(world: World) -> None:
    await world.fill_pool()
    ada, bob = await world.person(), await world.person()

    replies = await asyncio.gather(*(world.put(f"/v1/accounts/{bob.id}/follow", by=ada) for _ in range(50)))

    assert {reply.status_code for reply in replies} == {200}
    assert await world.value("SELECT count(*) FROM follows") == 1
    assert (await world.counts(bob))["followers"] == 1
    assert (await world.counts(ada))["following"] == 1


async def test_fifty_unfollows_at_once_count_once(world: World) -> None:
    await world.fill_pool()
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)

    replies = await asyncio.gather(
        *(world.delete(f"/v1/accounts/{bob.id}/follow", by=ada) for _ in range(50))
    )

    assert {reply.status_code for reply in replies} == {200}
    assert (await world.counts(bob))["followers"] == 0
    assert (await world.counts(ada))["following"] == 0


async def test_unfollow_reaches_who_is_hidden_by_now_and_then_finds_nobody(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)
    await world.set_state(bob, "suspended")

    first = await world.delete(f"/v1/accounts/{bob.id}/follow", by=ada)
    second = await world.delete(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert (first.status_code, first.json()["following"]) == (200, False)
    assert (second.status_code, second.json()["code"]) == (404, "account_not_found")
    assert await world.value("SELECT count(*) FROM follows") == 0


async def test_removed_follower_is_gone_and_may_follow_again(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)

    reply = await world.delete(f"/v1/accounts/{ada.id}/follower", by=bob)

    assert (reply.status_code, reply.json()["followed_by"]) == (200, False)
    assert (await world.counts(bob))["followers"] == 0
    await world.follow(ada, bob)
    assert (await world.relation(ada, bob))["following"] is True
