import asyncio
from contextlib import suppress
from functools import partial

from hubbub.accounts import AccountNotFound
from hubbub.graph import AccountBlocked, block_account, follow_account, unblock_account
from hubbub.platform.outbox import announce
from tests.support.world import Person, World


async def test_block_ends_follows_and_requests_both_ways(world: World) -> None:
    ada, bob, cleo = await world.person(), await world.person(), await world.person(is_private=True)
    await world.follow(ada, bob)
    await world.follow(bob, ada)
    await world.follow(ada, cleo)

    await world.block(ada, bob)
    await world.block(cleo, ada)

    assert await world.value("SELECT count(*) FROM follows") == 0
    assert await world.value("SELECT count(*) FROM follow_requests") == 0
    for person in (ada, bob):
        assert await world.counts(person) == {"followers": 0, "following": 0, "posts": 0}
    assert await world.announced("AccountUnfollowed") == 2


async def test_block_is_seen_by_the_blocker_only(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    await world.block(ada, bob)

    assert (await world.relation(ada, bob))["blocking"] is True
    assert not any(value is True for value in (await world.relation(bob, ada)).values())


async def test_blocked_person_does_not_find_the_blocker_who_finds_them(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    await world.block(ada, bob)

    assert (await world.get(f"/v1/accounts/{ada.id}", by=bob)).status_code == 404
    assert (await world.get(f"/v1/accounts/{bob.id}", by=ada)).status_code == 200
    assert [item["id"] for item in (await world.get("/v1/me/blocks", by=ada)).json()["items"]] == [
        str(bob.id)
    ]


async def test_unblocked_follows_do_not_come_back(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)
    await world.block(ada, bob)

    for _ in range(2):
        reply = await world.delete(f"/v1/accounts/{bob.id}/block", by=ada)
        assert (reply.status_code, reply.json()["blocking"], reply.json()["following"]) == (200, False, False)

    await world.follow(bob, ada)


async def test_two_who_block_each_other_can_both_unblock(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.block(ada, bob)
    await world.rows("INSERT INTO blocks VALUES ($1, $2, 1)", bob.id, ada.id)

    replies = [
        await world.delete(f"/v1/accounts/{bob.id}/block", by=ada),
        await world.delete(f"/v1/accounts/{ada.id}/block", by=bob),
    ]

    assert [(reply.status_code, reply.json()["blocking"]) for reply in replies] == [(200, False)] * 2
    assert await world.value("SELECT count(*) FROM blocks") == 0


async def test_blocking_may_be_repeated_at_once(world: World) -> None:
    await world.fill_pool()
    ada, bob = await world.person(), await world.person()
    await world.follow(bob, ada)

    await asyncio.gather(*(world.block(ada, bob) for _ in range(50)))

    assert await world.value("SELECT count(*) FROM blocks") == 1
    assert (await world.counts(ada))["followers"] == 0


async def test_nobody_blocks_themselves(world: World) -> None:
    ada = await world.person()

    reply = await world.put(f"/v1/accounts/{ada.id}/block", by=ada)

    assert (reply.status_code, reply.json()["code"]) == (422, "not_yourself")


async def test_no_follow_survives_a_block_made_at_the_same_time(world: World) -> None:
    """By the verbs, since requests to one process take turns before they reach the database."""
    ada, bob = await world.person(), await world.person()
    await world.fill_pool()

    async def follow(who: Person, whom: Person) -> None:
        with suppress(AccountNotFound):
            await world.db.write(partial(follow_account, follower_id=who.id, followee_id=whom.id))

    for _ in range(50):
        await asyncio.gather(
            *(follow(ada, bob) for _ in range(3)),
            *(follow(bob, ada) for _ in range(3)),
            world.db.write(partial(block_account, blocker_id=bob.id, blocked_id=ada.id)),
            *(follow(ada, bob) for _ in range(3)),
        )

        assert await world.value("SELECT count(*) FROM follows") == 0
        await world.db.write(partial(unblock_account, blocker_id=bob.id, blocked_id=ada.id))
    assert await world.counts(ada) == {"followers": 0, "following": 0, "posts": 0}
    assert await world.announced("AccountFollowed") > 0


async def test_worker_cuts_what_stands_across_a_block_nevertheless(world: World) -> None:
    ada, bob, cleo = await world.person(), await world.person(), await world.person()
    await world.follow(ada, bob)
    await world.follow(cleo, ada)
    await world.rows("INSERT INTO blocks VALUES ($1, $2, 1)", bob.id, ada.id)
    async with world.db.transaction() as tx:
        await announce(tx, AccountBlocked(blocker_id=bob.id, blocked_id=ada.id))
        await announce(tx, AccountBlocked(blocker_id=ada.id, blocked_id=cleo.id))

    await world.settle()

    # The second block is no more, so that follow stays.
    assert await world.value("SELECT count(*) FROM follows") == 1
    assert (await world.counts(ada)) == {"followers": 1, "following": 0, "posts": 0}
