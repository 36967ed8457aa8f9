"""What the requests that matter most cost in round trips. A number may fall; one that rises is a regression.

BEGIN and COMMIT count: they are round trips too.
"""

from typing import Any

import pytest

from tests.support.world import Person, World


async def cost(world: World, method: str, path: str, by: Person | None, **rest: Any) -> tuple[int, int]:
    """Statements and round trips to Valkey of one request."""
    await world.get("/v1/feeds/public?limit=1", by=by)  # that they are who they say is known for a while
    await world.rest()
    with world.counted() as counted:
        reply = await world.request(method, path, by=by, **rest)
        assert reply.is_success, reply.text
    return len(counted.statements), counted.round_trips


async def warm_cost(world: World, path: str, by: Person | None) -> tuple[int, int]:
    """Of a second read, when what is cached for a while is there."""
    await world.get(path, by=by)
    return await cost(world, "GET", path, by)


async def crowd(world: World, size: int) -> list[Person]:
    return [await world.person() for _ in range(size)]


@pytest.mark.parametrize("is_signed_in", [False, True])
async def test_profile_takes_one_round_trip_to_valkey(world: World, is_signed_in: bool) -> None:
    ada, bob = await crowd(world, 2)

    found = await warm_cost(world, f"/v1/accounts/{ada.id}", bob if is_signed_in else None)

    assert found == (0, 1)  # the budget, and with it the viewer's stamp


async def test_post_takes_one_round_trip_to_valkey(world: World) -> None:
    ada, bob = await crowd(world, 2)
    quoted = await world.write(bob)
    post = await world.write(ada, quote=quoted["id"])

    assert await warm_cost(world, f"/v1/posts/{post['id']}", bob) == (0, 1)


async def test_post_page_costs_the_same_with_one_comment_and_with_twenty(world: World) -> None:
    ada, *others = await crowd(world, 6)
    quiet, busy = await world.write(ada), await world.write(ada)
    await world.comment(others[0], on=quiet)
    for number in range(20):
        await world.comment(others[number % 5], on=busy)

    costs = [await warm_cost(world, f"/v1/posts/{post['id']}/thread", ada) for post in (quiet, busy)]

    assert costs == [(1, 1), (1, 1)]  # the comments' ids


async def test_home_page_costs_the_same_for_one_follow_and_for_twelve(world: World) -> None:
    lonely, popular, *friends = await crowd(world, 14)
    await world.follow(lonely, friends[0])
    for friend in friends:
        await world.follow(popular, friend)
        await world.write(friend)
        await world.write(friend)

    for reader in (lonely, popular):
        await world.warm_home(reader)
    costs = [await cost(world, "GET", "/v1/feeds/home", reader) for reader in (lonely, popular)]

    assert costs == [(0, 1), (0, 1)]  # the budget, and with it the stamp and the list


@pytest.mark.parametrize("limit", [1, 20])
async def test_public_page_costs_the_same_whatever_its_length(world: World, limit: int) -> None:
    reader, *authors = await crowd(world, 5)
    for author in authors * 5:
        await world.write(author)

    assert await warm_cost(world, f"/v1/feeds/public?limit={limit}", reader) == (1, 1)  # ids


async def test_like_costs_the_same_as_the_first_and_as_the_twelfth(world: World) -> None:
    author, *fans = await crowd(world, 13)
    path = f"/v1/posts/{(await world.write(author))['id']}/like"
    await world.put(path, by=author)

    likes = [await cost(world, "PUT", path, fan) for fan in fans]
    again = await cost(world, "PUT", path, fans[0])
    unlikes = [await cost(world, "DELETE", path, fan) for fan in fans]

    # The like with its count, event and numbers; the budget with the stamp, what is spread, and the word to
    # the workers, which goes along unless one has just gone.
    assert {statements for statements, _ in [*likes, again, *unlikes]} == {1}
    assert max(round_trips for _, round_trips in [*likes, *unlikes]) <= 3


async def test_post_costs_the_same_whoever_follows_its_author(world: World) -> None:
    author, *fans = await crowd(world, 9)
    body = {"text": "The tide is out"}
    await world.post("/v1/posts", by=author, json=body)

    unknown = await cost(world, "POST", "/v1/posts", author, json=body)
    for fan in fans:
        await world.follow(fan, author)
    known = await cost(world, "POST", "/v1/posts", author, json=body)

    # The post with its count and event; who writes it and what they prefer is cached. The budget with the
    # stamp, what is spread, and the word to the workers, which goes along unless one has just gone.
    assert unknown[0] == known[0] == 1
    assert max(unknown[1], known[1]) <= 3


async def test_post_with_a_key_is_one_transaction(world: World) -> None:
    author = await world.person()
    await world.post("/v1/posts", by=author, json={"text": "The tide is out"})

    found = await cost(
        world, "POST", "/v1/posts", author, json={"text": "Again"}, headers={"Idempotency-Key": "a"}
    )

    # Between BEGIN and COMMIT: the key, facts, preferences, the post with all that goes with it, the reply.
    assert found[0] == 7


async def test_comment_is_one_statement(world: World) -> None:
    author, other = await crowd(world, 2)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/comments"
    await world.post(path, by=other, json={"text": "Indeed"})

    assert (await cost(world, "POST", path, other, json={"text": "Indeed"}))[0] == 1


async def test_follow_costs_the_same_as_the_first_and_as_the_twelfth(world: World) -> None:
    reader, *others = await crowd(world, 14)
    await world.follow(others[0], reader)

    follows = [await cost(world, "PUT", f"/v1/accounts/{o.id}/follow", reader) for o in others]
    unfollows = [await cost(world, "DELETE", f"/v1/accounts/{o.id}/follow", reader) for o in others]

    # Between BEGIN and COMMIT: locks, facts, the relation with how many are followed, the follow with its
    # counts and event; and back: locks, the follow or request, the relation.
    assert {statements for statements, _ in follows} == {6}
    assert {statements for statements, _ in unfollows} == {5}
