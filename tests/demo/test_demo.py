from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.demo import (
    BadGraph,
    DemoExists,
    Plan,
    Summary,
    both_ways,
    fill,
    make_follows,
    make_people,
    read_edges,
)
from hubbub.demo.graphs import zipf_counts
from hubbub.platform.text.handles import parse_handle
from tests.support.drift import find_drift, home_by_sql
from tests.support.world import World

PASSWORD = "a demo is not a secret"


def small_plan(people: int = 12) -> Plan:
    random = Random(5)
    return Plan(
        people=make_people(random, [str(n) for n in range(people)]),
        follows=make_follows(random, people, mean=4),
        password=PASSWORD,
        posts_each=3,
        likes=60,
        comments=30,
        seed=5,
    )


async def load(world: World, plan: Plan) -> Summary:
    return await fill(world.services, plan, progress=lambda step, done, total: None)


async def test_demo_makes_what_it_says_and_every_count_equals_its_rows(world: World) -> None:
    plan = small_plan()

    summary = await load(world, plan)

    async with world.db.connection() as tx:
        assert await find_drift(tx) == []
    assert await world.value("SELECT count(*) FROM accounts") == len(plan.people)
    assert await world.value("SELECT count(*) FROM follows") == summary.follows == len(plan.follows)
    assert await world.value("SELECT count(*) FROM posts WHERE parent_id IS NULL") == summary.posts == 36
    assert (
        await world.value("SELECT count(*) FROM posts WHERE parent_id IS NOT NULL") == summary.comments == 30
    )
    assert await world.value("SELECT count(*) FROM reactions WHERE kind = 1") == summary.likes <= 60


async def test_home_pages_of_the_demo_equal_an_independent_answer(world: World) -> None:
    plan = small_plan()
    summary = await load(world, plan)

    for account_id, person in zip(summary.account_ids, plan.people, strict=True):
        login = await world.post("/v1/auth/login", json={"login": person.handle, "password": PASSWORD})
        token = {"Authorization": f"Bearer {login.json()['access_token']}"}
        page = (await world.get("/v1/feeds/home?limit=20", headers=token)).json()
        async with world.db.connection() as tx:
            assert [item["id"] for item in page["items"]] == await home_by_sql(tx, account_id, 20)


async def test_demo_joins_those_who_are_there(world: World) -> None:
    await world.person()

    summary = await load(world, small_plan(3))

    assert await world.value("SELECT count(*) FROM accounts") == 1 + len(summary.account_ids)


async def test_second_demo_is_refused_and_changes_nothing(world: World) -> None:
    await load(world, small_plan(3))
    before = await world.value("SELECT count(*) FROM posts")

    with pytest.raises(DemoExists):
        await load(world, small_plan(3))

    assert await world.value("SELECT count(*) FROM posts") == before


def test_same_seed_makes_the_same_people() -> None:
    names = [str(n) for n in range(50)]

    assert make_people(Random(3), names) == make_people(Random(3), names)
    assert make_follows(Random(3), 50) == make_follows(Random(3), 50)


@given(st.integers(1, 120), st.integers(0, 99))
def test_made_up_people_have_handles_that_are_accepted(people: int, seed: int) -> None:
    made = make_people(Random(seed), [str(n) for n in range(people)])

    assert len({parse_handle(person.handle).name for person in made}) == people


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1))
def test_friendships_are_followed_in_both_directions_once(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("graph") / "edges"
    path.write_text("% a comment\n" + "\n".join(f"{a} {b}" for a, b in pairs) + "\n\n")
    friends = {frozenset(pair) for pair in pairs if pair[0] != pair[1]}
    if not friends:
        with pytest.raises(BadGraph):
            read_edges(path)
        return

    names, follows = both_ways(read_edges(path))

    assert {frozenset((int(names[a]), int(names[b]))) for a, b in follows} == friends
    assert len(follows) == len(set(follows)) == 2 * len(friends)


def test_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    (tmp_path / "edges").write_text("1 2\n3\n")

    with pytest.raises(BadGraph, match="line 2"):
        read_edges(tmp_path / "edges")


@given(st.integers(1, 50), st.integers(0, 500))
def test_zipf_spreads_exactly_what_it_was_given(items: int, total: int) -> None:
    counts = zipf_counts(Random(1), items, total)

    assert (len(counts), sum(counts)) == (items, total)
