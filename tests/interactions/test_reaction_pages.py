"""Lists made of reactions page both ways, in the order of reacting, without what the reader may not see."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.ids import new_id
from tests.posts.readers import ids, page_back, page_through, statements_of
from tests.support.world import Person, World

KINDS = {"likes": 1, "reposts": 2}
HIDING = ["seen", "seen", "seen", "suspended", "blocking", "blocked"]


async def assert_paged(
    world: World, path: str, expected: list[str], *, by: Person | None, limit: int
) -> None:
    pages = await page_through(world, path, by=by, limit=limit)
    back = await page_back(world, path, by=by, limit=limit)

    assert [id_ for page in pages for id_ in page] == expected
    assert [id_ for page in back[::-1] for id_ in page] == expected
    assert all(len(page) == limit for page in pages[:-1])


async def crowd(world: World, states: list[str]) -> list[int]:
    """Accounts in these states that nobody signed up for."""
    made = [new_id() for _ in states]
    await world.rows(
        """
        INSERT INTO accounts (id, handle, state, updated_at)
        SELECT id, 'crowd' || id, state, now() FROM unnest($1::bigint[], $2::text[]) AS new (id, state)
        RETURNING id
        """,
        made,
        ["suspended" if state == "suspended" else "active" for state in states],
    )
    return made


async def hide(world: World, reader: Person, made: list[int], states: list[str]) -> None:
    for account_id, state in zip(made, states, strict=True):
        pair = {"blocking": (account_id, reader.id), "blocked": (reader.id, account_id)}.get(state)
        if pair:
            await world.rows("INSERT INTO blocks VALUES ($1, $2, $3) RETURNING id", *pair, new_id())


async def react(world: World, post: dict[str, Any], accounts: list[int], kind: int) -> None:
    await world.rows(
        "INSERT INTO reactions SELECT $1, who, $3, id FROM unnest($2::bigint[], $4::bigint[]) AS n (who, id)"
        " RETURNING id",
        int(post["id"]),
        accounts,
        kind,
        [new_id() for _ in accounts],
    )


@pytest.mark.parametrize("list_", KINDS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(HIDING), max_size=40), limit=st.integers(1, 12), order=st.randoms())
async def test_reactors_are_paged_both_ways_latest_first(
    world: World, list_: str, states: list[str], limit: int, order: Any
) -> None:
    reader, author = await world.person(), await world.person()
    post, other = await world.write(author), await world.write(author)
    made = await crowd(world, states)
    await hide(world, reader, made, states)
    shuffled = order.sample(made, len(made))
    await react(world, post, shuffled, KINDS[list_])
    await react(world, post, made[:3], 3 - KINDS[list_])
    await react(world, other, made, KINDS[list_])

    state = dict(zip(made, states, strict=True))
    for by, hidden in ((reader, {"suspended", "blocking", "blocked"}), (None, {"suspended"})):
        expected = [str(id_) for id_ in shuffled[::-1] if state[id_] not in hidden]
        await assert_paged(world, f"/v1/posts/{post['id']}/{list_}", expected, by=by, limit=limit)


@pytest.mark.parametrize(("list_", "verb"), [("likes", "like"), ("bookmarks", "bookmark")])
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fates=st.lists(
        st.sampled_from(["kept", "kept", "undone", "deleted", "narrowed"]), min_size=3, max_size=14
    ),
    limit=st.integers(1, 5),
    order=st.randoms(),
)
async def test_own_reactions_are_paged_both_ways_latest_first(
    world: World, list_: str, verb: str, fates: list[str], limit: int, order: Any
) -> None:
    reader, other, author = [await world.person() for _ in range(3)]
    posts = [(await world.write(author), fate) for fate in fates]
    order.shuffle(posts)
    for post, _ in posts:
        for each in ("like", "bookmark", "repost"):
            if each == verb or int(post["id"]) % 3:
                await world.put(f"/v1/posts/{post['id']}/{each}", by=reader)
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=other)
    for post, fate in posts:
        path = f"/v1/posts/{post['id']}"
        if fate == "undone":
            await world.delete(f"{path}/{verb}", by=reader)
        elif fate == "deleted":
            await world.delete(path, by=author)
        elif fate == "narrowed":
            await world.patch(path, by=author, json={"visibility": "followers"})

    expected = [post["id"] for post, fate in posts[::-1] if fate == "kept"]
    await assert_paged(world, f"/v1/me/{list_}", expected, by=reader, limit=limit)


async def test_reaction_made_again_is_the_latest(world: World) -> None:
    author, fan, other = [await world.person() for _ in range(3)]
    post = await world.write(author)
    for who in (fan, other):
        await world.put(f"/v1/posts/{post['id']}/like", by=who)

    await world.put(f"/v1/posts/{post['id']}/like", by=fan)
    before = await ids(world, f"/v1/posts/{post['id']}/likes")
    await world.delete(f"/v1/posts/{post['id']}/like", by=fan)
    await world.put(f"/v1/posts/{post['id']}/like", by=fan)

    assert before == [str(other.id), str(fan.id)]
    assert await ids(world, f"/v1/posts/{post['id']}/likes") == [str(fan.id), str(other.id)]


async def test_new_likes_move_no_page(world: World) -> None:
    author, *fans = [await world.person() for _ in range(7)]
    path = f"/v1/posts/{(await world.write(author))['id']}"
    for fan in fans[:4]:
        await world.put(f"{path}/like", by=fan)
    first = (await world.get(f"{path}/likes?limit=2")).json()

    for fan in fans[4:]:
        await world.put(f"{path}/like", by=fan)
    second = (await world.get(f"{path}/likes?limit=2&cursor={first['next']}")).json()

    assert [item["id"] for item in second["items"]] == [str(fans[1].id), str(fans[0].id)]
    back = (await world.get(f"{path}/likes?limit=2&cursor={second['prev']}")).json()
    newest = (await world.get(f"{path}/likes?limit=2&cursor={back['prev']}")).json()
    assert [item["id"] for item in newest["items"]] == [str(fans[5].id), str(fans[4].id)]


async def test_likers_show_how_the_viewer_stands_to_them(world: World) -> None:
    author, fan, reader = [await world.person() for _ in range(3)]
    path = f"/v1/posts/{(await world.write(author))['id']}"
    await world.put(f"{path}/like", by=fan)
    await world.follow(reader, fan)

    mine = (await world.get(f"{path}/likes", by=reader)).json()["items"][0]
    nobodys = (await world.get(f"{path}/likes")).json()["items"][0]

    assert (mine["handle"], mine["viewer"]["following"]) == (fan.handle, True)
    assert nobodys["viewer"] is None


@pytest.mark.parametrize("list_", KINDS)
async def test_page_of_reactors_takes_a_constant_number_of_statements(world: World, list_: str) -> None:
    reader, author = await world.person(), await world.person()
    post = await world.write(author)
    await react(world, post, await crowd(world, ["seen"] * 101), KINDS[list_])
    path = f"/v1/posts/{post['id']}/{list_}"
    await world.get(f"{path}?limit=100", by=reader)

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"{path}?limit={limit}", by=reader)
        costs.append((len(statements_of(cost.statements)), cost.round_trips))

    # The post and its author (2), candidates, facts, relationships.
    assert costs[0] == costs[1] == costs[2] <= (5, 1)


@pytest.mark.parametrize(("list_", "verb"), [("likes", "like"), ("bookmarks", "bookmark")])
async def test_own_list_takes_a_constant_number_of_statements(world: World, list_: str, verb: str) -> None:
    reader, author = await world.person(), await world.person()
    for _ in range(12):
        post = await world.write(author)
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=reader)
    await world.get(f"/v1/me/{list_}", by=reader)
    await world.rest()

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"/v1/me/{list_}?limit={limit}", by=reader)
        costs.append((len(statements_of(cost.statements)), cost.round_trips))

    assert costs[0] == costs[1] == costs[2] <= (5, 1)
