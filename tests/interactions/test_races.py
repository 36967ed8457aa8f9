"""Opposite verbs at one moment end as if one had come after the other, in rows, counts and answers."""

from typing import Any

import pytest

from tests.support.storms import assert_no_drift, storm
from tests.support.world import Person, World


async def people(world: World, count: int) -> list[Person]:
    return [await world.person() for _ in range(count)]


async def counts(world: World, post: dict[str, Any], by: Person | None = None) -> dict[str, int]:
    found: dict[str, int] = (await world.get(f"/v1/posts/{post['id']}", by=by)).json()["counts"]
    return found


@pytest.mark.parametrize("verb", ["like", "repost", "bookmark"])
async def test_fifty_identical_requests_are_one(world: World, verb: str) -> None:
    author, fan = await people(world, 2)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/{verb}"

    await storm(world, [world.put(path, by=fan) for _ in range(50)], allowed={200})

    table = "bookmarks" if verb == "bookmark" else "reactions"
    assert await world.value(f"SELECT count(*) FROM {table}") == 1  # noqa: S608 - one of those above
    await assert_no_drift(world)


@pytest.mark.parametrize("verb", ["like", "repost", "bookmark"])
async def test_doing_and_undoing_at_once_end_as_the_viewer_is_told(world: World, verb: str) -> None:
    author, *fans = await people(world, 4)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/{verb}"
    requests = [send(path, by=fan) for fan in fans for send in (world.put, world.delete) for _ in range(5)]

    await storm(world, requests, allowed={200})

    field = {"like": "liked", "repost": "reposted", "bookmark": "bookmarked"}[verb]
    for fan in fans:
        seen = (await world.get(f"/v1/posts/{post['id']}", by=fan)).json()["viewer"][field]
        undone = await world.delete(path, by=fan)
        assert (seen in (True, False), undone.json()[field]) == (True, False)
    await assert_no_drift(world)


async def test_every_repost_has_its_claim_after_a_storm(world: World) -> None:
    author, *fans = await people(world, 4)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/repost"

    await storm(
        world,
        [send(path, by=fan) for _ in range(6) for fan in fans for send in (world.put, world.delete)],
        allowed={200},
    )

    claims = await world.rows("SELECT id FROM reactions WHERE kind = 2 ORDER BY id")
    assert await world.rows("SELECT id FROM posts WHERE repost_of IS NOT NULL ORDER BY id") == claims
    assert (await counts(world, post))["reposts"] == len(claims)


async def test_repost_deleted_and_taken_back_at_once_is_gone_once(world: World) -> None:
    author, *fans = await people(world, 6)
    post = await world.write(author)
    requests = []
    for fan in fans:
        await world.put(f"/v1/posts/{post['id']}/repost", by=fan)
        repost_id = await world.value("SELECT id FROM posts WHERE author_id = $1", fan.id)
        requests += [
            world.delete(f"/v1/posts/{post['id']}/repost", by=fan),
            world.delete(f"/v1/posts/{repost_id}", by=fan),
        ]

    await storm(world, requests, allowed={200, 204, 404})

    assert (await counts(world, post))["reposts"] == 0
    assert await world.announced("PostUnreposted") == len(fans)
    await assert_no_drift(world)


@pytest.mark.parametrize("verb", ["like", "repost", "bookmark"])
async def test_reaction_to_a_post_that_is_just_deleted_is_taken_or_not_found(world: World, verb: str) -> None:
    author, *fans = await people(world, 7)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}"
    reacting = [world.put(f"{path}/{verb}", by=fan) for fan in fans]
    reacting.insert(3, world.delete(path, by=author))

    statuses = await storm(world, reacting, allowed={200, 204, 404})

    assert statuses[3] == 204
    assert (await world.get(path)).status_code == 404
    for fan in fans:
        for list_ in ("likes", "bookmarks"):
            assert (await world.get(f"/v1/me/{list_}", by=fan)).json()["items"] == []
    await assert_no_drift(world)


async def test_reaction_across_a_block_made_at_once_is_hidden_from_both(world: World) -> None:
    author, *fans = await people(world, 6)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}"
    requests = [world.put(f"{path}/{verb}", by=fan) for fan in fans for verb in ("like", "repost")]
    requests[5:5] = [world.put(f"/v1/accounts/{fan.id}/block", by=author) for fan in fans]

    await storm(world, requests, allowed={200, 404})

    for list_ in ("likes", "reposts"):
        assert (await world.get(f"{path}/{list_}", by=author)).json()["items"] == []
    for fan in fans:
        assert (await world.get("/v1/me/likes", by=fan)).json()["items"] == []
        assert (await world.put(f"{path}/like", by=fan)).status_code == 404
    await assert_no_drift(world)


async def test_likes_of_a_post_that_is_just_narrowed_are_counted_as_rows(world: World) -> None:
    author, *fans = await people(world, 5)
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}"
    liking = [world.put(f"{path}/like", by=fan) for fan in fans]

    await storm(
        world,
        [*liking[:2], world.request("PATCH", path, by=author, json={"visibility": "mentioned"}), *liking[2:]],
        allowed={200, 404},
    )

    rows = await world.value("SELECT count(*) FROM reactions")
    assert (await counts(world, post, author))["likes"] == rows
    await assert_no_drift(world)
