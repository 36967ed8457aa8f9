import asyncio
from functools import partial

from hubbub.graph import accept_follow_request, unfollow_account
from tests.support.world import Person, World


async def asked(world: World) -> tuple[Person, Person]:
    """Somebody who has asked, and whom."""
    ada, bob = await world.person(), await world.person(is_private=True)
    await world.follow(ada, bob)
    return ada, bob


async def test_accepted_request_is_a_follow(world: World) -> None:
    ada, bob = await asked(world)

    reply = await world.put(f"/v1/follow-requests/{ada.id}", by=bob)

    assert (reply.status_code, reply.json()["followed_by"], reply.json()["requested_by"]) == (
        200,
        True,
        False,
    )
    assert (await world.relation(ada, bob))["following"] is True
    assert (await world.counts(bob))["followers"] == 1
    assert await world.announced("FollowAccepted") == 1


async def test_accepting_may_be_repeated(world: World) -> None:
    await world.fill_pool()
    ada, bob = await asked(world)

    replies = await asyncio.gather(*(world.put(f"/v1/follow-requests/{ada.id}", by=bob) for _ in range(20)))

    assert {reply.status_code for reply in replies} == {200}
    assert (await world.counts(bob))["followers"] == 1


async def test_rejected_request_is_gone_and_may_be_made_again(world: World) -> None:
    ada, bob = await asked(world)

    reply = await world.delete(f"/v1/follow-requests/{ada.id}", by=bob)

    assert (reply.status_code, reply.json()["requested_by"]) == (200, False)
    assert (await world.relation(ada, bob))["requested"] is False
    await world.follow(ada, bob)
    assert (await world.relation(ada, bob))["requested"] is True


async def test_request_that_was_never_made_can_be_neither_accepted_nor_rejected(world: World) -> None:
    ada, bob = await world.person(), await world.person(is_private=True)

    replies = [
        await world.put(f"/v1/follow-requests/{ada.id}", by=bob),
        await world.delete(f"/v1/follow-requests/{ada.id}", by=bob),
        await world.put("/v1/follow-requests/99", by=bob),
        await world.put("/v1/follow-requests/none", by=bob),
    ]

    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {
        (404, "follow_request_not_found")
    }
    assert await world.value("SELECT count(*) FROM follows") == 0


async def test_somebody_else_cannot_accept(world: World) -> None:
    ada, _ = await asked(world)
    cleo = await world.person()

    for by in (cleo, ada):
        assert (await world.put(f"/v1/follow-requests/{ada.id}", by=by)).status_code == 404
    assert await world.value("SELECT count(*) FROM follows") == 0


async def test_withdrawn_request_cannot_be_accepted(world: World) -> None:
    ada, bob = await asked(world)

    withdrawn = await world.delete(f"/v1/accounts/{bob.id}/follow", by=ada)

    assert withdrawn.json()["requested"] is False
    assert (await world.put(f"/v1/follow-requests/{ada.id}", by=bob)).status_code == 404


async def test_accept_and_withdraw_at_once_end_as_one_after_the_other(world: World) -> None:
    """By the verbs, since requests to one process take turns before they reach the database."""
    bob = await world.person(is_private=True)
    ada = await world.person()
    await world.fill_pool()
    for _ in range(30):
        await world.follow(ada, bob)

        await asyncio.gather(
            world.db.write(partial(accept_follow_request, account_id=bob.id, requester_id=ada.id)),
            world.db.write(partial(unfollow_account, follower_id=ada.id, followee_id=bob.id)),
            return_exceptions=True,
        )

        # Whichever came first, the withdrawal leaves nothing.
        relation = await world.relation(ada, bob)
        assert (relation["following"], relation["requested"]) == (False, False)
    assert (await world.counts(bob))["followers"] == 0


async def test_request_of_who_is_hidden_is_not_listed_and_cannot_be_accepted(world: World) -> None:
    ada, bob = await asked(world)
    await world.set_state(ada, "suspended")

    listed = await world.get("/v1/follow-requests", by=bob)
    reply = await world.put(f"/v1/follow-requests/{ada.id}", by=bob)

    assert listed.json()["items"] == []
    assert (reply.status_code, reply.json()["code"]) == (404, "follow_request_not_found")


async def test_requests_are_accepted_when_the_account_becomes_public(world: World) -> None:
    ada, bob = await asked(world)

    await world.set_private(bob, False)
    await world.settle()

    assert (await world.relation(ada, bob))["following"] is True
    assert (await world.counts(bob))["followers"] == 1
    assert await world.value("SELECT count(*) FROM follow_requests") == 0


async def test_more_requests_than_a_transaction_takes_are_all_accepted(world: World) -> None:
    bob = await world.person(is_private=True)
    await world.rows(
        "INSERT INTO follow_requests SELECT $1, n, n FROM generate_series(1, 1201) n RETURNING id", bob.id
    )

    await world.set_private(bob, False)
    await world.settle()

    assert await world.value("SELECT count(*) FROM follow_requests") == 0
    assert (await world.counts(bob))["followers"] == 1201


async def test_requests_stay_when_the_account_is_private_again_before_the_worker_comes(world: World) -> None:
    ada, bob = await asked(world)

    await world.set_private(bob, False)
    await world.set_private(bob, True)
    await world.settle()

    assert (await world.relation(ada, bob))["requested"] is True


async def test_follow_of_an_account_that_has_become_public_uses_up_the_request(world: World) -> None:
    ada, bob = await asked(world)
    await world.set_private(bob, False)

    await world.follow(ada, bob)

    relation = await world.relation(ada, bob)
    assert (relation["following"], relation["requested"]) == (True, False)
