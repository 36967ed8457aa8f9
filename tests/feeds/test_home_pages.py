"""Home both ways, each item judged, at a cost that does not follow how many people one follows."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.ids import new_id
from tests.posts.readers import ids, page_back, page_through, statements_of
from tests.support.drift import home_by_sql
from tests.support.world import Person, World

HOME = "/v1/feeds/home"


async def follow_crowd(world: World, reader: Person, count: int) -> list[int]:
    """People whom the reader follows, each with two posts."""
    made = [new_id() for _ in range(count)]
    await world.rows(
        "INSERT INTO accounts (id, handle, updated_at) SELECT id, 'crowd' || id, now()"
        " FROM unnest($1::bigint[]) AS new (id) RETURNING id",
        made,
    )
    await world.rows(
        "INSERT INTO follows SELECT $2, id, id FROM unnest($1::bigint[]) AS new (id) RETURNING id",
        made,
        reader.id,
    )
    await world.rows(
        "INSERT INTO posts (id, author_id, visibility, text)"
        " SELECT id, author_id, 0, 'x' FROM unnest($1::bigint[], $2::bigint[]) AS new (id, author_id)"
        " RETURNING id",
        [new_id() for _ in range(2 * count)],
        made * 2,
    )
    await world.services.changes.spread({"relations": {reader.id}, "home": {reader.id}})
    return made


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["write", "write", "repost", "quote", "comment", "delete"]), st.integers(0, 3)
        ),
        min_size=4,
        max_size=24,
    ),
    limit=st.integers(1, 5),
)
async def test_pages_equal_plain_sql_both_ways(
    world: World, steps: list[tuple[str, int]], limit: int
) -> None:
    reader, *people = [await world.person() for _ in range(4)]
    for person in people[:2]:
        await world.follow(reader, person)
    written: list[tuple[Person, dict[str, Any]]] = [(people[2], await world.write(people[2]))]
    for step, who in steps:
        by, (author, post) = [reader, *people][who], written[who % len(written)]
        if step == "delete" and len(written) > 1:
            author, post = written.pop()
            await world.delete(f"/v1/posts/{post['id']}", by=author)
        elif step == "repost":
            await world.put(f"/v1/posts/{post['id']}/repost", by=by)
        elif step == "comment":
            await world.comment(by, post)
        elif step != "delete":
            quote = post["id"] if step == "quote" else None
            written.append((by, await world.write(by, quote=quote)))

    pages = await page_through(world, HOME, by=reader, limit=limit)
    back = await page_back(world, HOME, by=reader, limit=limit)

    async with world.db.connection() as tx:
        expected = await home_by_sql(tx, reader.id, 100)
    assert [id_ for page in pages for id_ in page] == expected
    assert [id_ for page in back[::-1] for id_ in page] == expected


async def test_page_costs_the_same_for_any_number_of_follows_and_items(world: World) -> None:
    costs = []
    for count in (0, 1, 50):
        reader = await world.person()
        await world.write(reader)
        await follow_crowd(world, reader, count)
        for limit in (1, 10, 100):
            path = f"{HOME}?limit={limit}"
            found = len((await world.warm_home(reader, path)).json()["items"])
            with world.counted() as cost:
                await world.get(path, by=reader)
            assert found == min(limit, 2 * count + 1)
            costs.append((len(statements_of(cost.statements)), cost.round_trips))

    # The rate budget, and with it the stamp and the list.
    assert set(costs) == {(0, 1)}


async def test_each_item_is_judged_for_the_reader(world: World) -> None:
    reader, friend, eve = await world.person("reader"), await world.person(), await world.person()
    await world.follow(reader, friend)
    seen = [
        await world.write(friend, visibility=visibility) for visibility in ("public", "unlisted", "followers")
    ]
    seen.append(await world.write(friend, "for @reader", visibility="mentioned"))
    await world.write(friend, "for nobody", visibility="mentioned")
    theirs = await world.write(eve)
    await world.put(f"/v1/posts/{theirs['id']}/repost", by=friend)
    await world.block(eve, reader)

    assert await ids(world, HOME, by=reader) == [post["id"] for post in seen[::-1]]


@pytest.mark.parametrize("way", ["narrowed", "private", "suspended"])
async def test_repost_goes_with_what_it_passes_on(world: World, way: str) -> None:
    reader, friend, author = [await world.person() for _ in range(3)]
    await world.follow(reader, friend)
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/repost", by=friend)
    before = await ids(world, HOME, by=reader)

    if way == "narrowed":
        await world.patch(f"/v1/posts/{post['id']}", by=author, json={"visibility": "followers"})
    elif way == "private":
        await world.set_private(author)
    else:
        await world.set_state(author, "suspended")

    assert len(before) == 1
    assert await ids(world, HOME, by=reader) == []


async def test_mute_of_an_author_hides_what_friends_pass_on(world: World) -> None:
    reader, friend, noisy = [await world.person() for _ in range(3)]
    await world.follow(reader, friend)
    post = await world.write(noisy)
    await world.put(f"/v1/posts/{post['id']}/repost", by=friend)
    quote = await world.write(friend, quote=post["id"])
    await world.mute(reader, noisy)

    assert await ids(world, HOME, by=reader) == [quote["id"]]


@pytest.mark.parametrize(("scope", "kept"), [("all", ""), ("posts", "repost"), ("reposts", "post")])
async def test_mute_takes_its_scope_from_home_until_it_ends(world: World, scope: str, kept: str) -> None:
    reader, friend, author = [await world.person() for _ in range(3)]
    await world.follow(reader, friend)
    await world.put(f"/v1/posts/{(await world.write(author))['id']}/repost", by=friend)
    own = await world.write(friend)
    await world.mute(reader, friend, scope=scope)

    muted = (await world.get(HOME, by=reader)).json()["items"]
    await world.delete(f"/v1/accounts/{friend.id}/mute", by=reader)

    assert ["post" if item["id"] == own["id"] else "repost" for item in muted] == ([kept] if kept else [])
    assert len(await ids(world, HOME, by=reader)) == 2


async def test_own_posts_are_home_whatever_their_visibility(world: World) -> None:
    reader = await world.person()
    posts = [
        (await world.write(reader, visibility=visibility))["id"]
        for visibility in ("public", "unlisted", "followers", "mentioned")
    ]

    assert await ids(world, HOME, by=reader) == posts[::-1]


async def test_accepted_request_brings_posts_home_and_removal_takes_them(world: World) -> None:
    reader, friend = await world.person(), await world.person(is_private=True)
    post = await world.write(friend)
    await world.follow(reader, friend)
    asked = await ids(world, HOME, by=reader)

    await world.put(f"/v1/follow-requests/{reader.id}", by=friend)
    accepted = await ids(world, HOME, by=reader)
    await world.delete(f"/v1/accounts/{reader.id}/follower", by=friend)

    assert (asked, accepted) == ([], [post["id"]])
    assert await ids(world, HOME, by=reader) == []


async def test_new_posts_come_before_the_first_page_and_move_none(world: World) -> None:
    reader = await world.person()
    old = [(await world.write(reader))["id"] for _ in range(4)]
    first = (await world.get(f"{HOME}?limit=2", by=reader)).json()
    second = (await world.get(f"{HOME}?limit=2&cursor={first['next']}", by=reader)).json()

    new = [(await world.write(reader))["id"] for _ in range(3)]
    back = (await world.get(f"{HOME}?limit=2&cursor={second['prev']}", by=reader)).json()
    newer = (await world.get(f"{HOME}?limit=2&cursor={back['prev']}", by=reader)).json()

    assert [item["id"] for item in second["items"]] == [old[1], old[0]]
    assert [item["id"] for item in back["items"]] == [old[3], old[2]]
    assert [item["id"] for item in newer["items"]] == [new[1], new[0]]


async def test_home_is_for_somebody(world: World) -> None:
    reply = await world.get(HOME)

    assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")
