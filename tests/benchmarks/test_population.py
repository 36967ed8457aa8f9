"""The made-up population: what the load leaves behind, and the laws that its graph promises."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import log
from statistics import mean, median, stdev
from typing import Any, ClassVar, TypeAlias

import asyncpg
import pytest

from benchmarks.population import PASSWORD, NotEmpty, Population, load
from benchmarks.population.follows import Follows
from benchmarks.population.people import People
from benchmarks.population.writing import Writing, Written
from hubbub.platform.ids import first_id_at
from tests.support.drift import find_drift
from tests.support.world import World

SMALL = Population(
    accounts=40,
    posts_per_account=5,
    likes_per_post=4,
    mean_follows=6,
    reader_follows=(5, 15),
    readers_each=2,
    author_followers=(3, 6),
    post_likes=(2, 10),
    deep_authors=3,
    deep_posts=4,
    celebrity_followers=7,
    ends_at=datetime(2026, 3, 1, tzinfo=UTC),
)
NewUrl: TypeAlias = Callable[..., str]
Ask: TypeAlias = Callable[[Any], Awaitable[Any]]


async def test_counts_equal_their_rows_and_nothing_waits(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()

    summary = await load(url, Population(accounts=1_000, deep_posts=10, celebrity_followers=100))

    assert await look(url, find_drift) == []
    assert await look(url, counted("count_deltas")) == await look(url, counted("outbox")) == 0
    for table, rows in summary.rows.items():
        assert rows == await look(url, counted(table)) > 0, table


async def test_no_count_is_kept_of_nothing(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()

    await load(url, SMALL)

    assert await look(url, lambda tx: tx.fetchval("SELECT min(value) FROM counts")) > 0


async def test_the_schema_is_put_back_as_it_was(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    before = await look(url, schema)

    await load(url, SMALL)

    assert len(before) > 100
    assert await look(url, schema) == before


async def test_the_schema_is_put_back_after_a_failure(
    fresh_database_url: NewUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database_url()
    before = await look(url, schema)
    monkeypatch.setattr("benchmarks.population.rows.NULL", "nothing")

    with pytest.raises(ExceptionGroup):
        await load(url, SMALL)

    assert await look(url, schema) == before
    assert await look(url, counted("accounts")) == 0


async def test_a_filled_database_is_refused(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    await load(url, SMALL)

    with pytest.raises(NotEmpty):
        await load(url, SMALL)

    assert await look(url, counted("accounts")) == SMALL.accounts


async def test_too_few_accounts_are_refused(fresh_database_url: NewUrl) -> None:
    with pytest.raises(ValueError, match="too few"):
        await load(fresh_database_url(), Population(accounts=10))


async def test_everybody_can_log_in(world: World, database_url: str) -> None:
    summary = await load(database_url, SMALL)

    for person in (summary.celebrity, summary.active[-1]):
        reply = await world.post("/v1/auth/login", json={"login": person.handle, "password": PASSWORD})
        assert reply.status_code == 200, reply.text
        me = await world.get("/v1/me", headers={"Authorization": f"Bearer {reply.json()['access_token']}"})
        assert me.json()["id"] == str(person.id)


def test_the_same_seed_makes_the_same_history_and_another_one_another() -> None:
    assert history(1) == history(1)
    assert history(1) != history(2)


def history(seed: int) -> list[Any]:
    people = People(Population(accounts=200, seed=seed, ends_at=SMALL.ends_at, deep_posts=5))
    happenings = [
        (each.id, each.author, each.visibility, each.wording)
        if isinstance(each, Written)
        else (each.post.id, *each.likes, *each.bookmarks)
        for each in Writing(people).happenings()
    ]
    return [*people.newcomers(), *Follows(people).lists(), *happenings]


class TestLaws:
    """Of a graph that is large enough for them to show."""

    plan = Population(accounts=6_000, seed=5)
    people = People(plan)
    lists: ClassVar[dict[int, list[int]]] = dict(Follows(people).lists())
    followers: ClassVar[Counter[int]] = Counter(each for followees in lists.values() for each in followees)

    def test_nobody_follows_twice_or_themselves(self) -> None:
        for follower, followees in self.lists.items():
            assert len(set(followees)) == len(followees)
            assert follower not in followees

    def test_some_have_exactly_so_many_followers(self) -> None:
        exact = self.people.cast.exact

        assert [self.followers[place] for place in exact] == list(exact.values())
        assert list(exact.values()) == [1_200, 60, 10, 100, 1_000]

    def test_some_follow_exactly_so_many(self) -> None:
        for follows, places in self.people.cast.readers.items():
            assert [len(self.lists[place]) for place in places] == [follows] * 4
        assert list(self.people.cast.readers) == [10, 100, 1_000]

    def test_out_degrees_are_log_normal_with_the_mean(self) -> None:
        degrees = [len(self.lists[place]) for place in range(self.people.cast.size, 6_000)]
        logs = [log(degree) for degree in degrees if degree]

        assert 30 <= mean(degrees) <= 40
        assert 0.9 <= stdev(logs) <= 1.1
        assert abs(mean(logs) - median(logs)) < 0.1

    def test_in_degrees_follow_a_power_law(self) -> None:
        ordinary = sorted((self.followers[place] for place in self.people.by_popularity), reverse=True)

        # Between the 30th and the 3,000th the number of followers falls as rank ** -0.8, about.
        slope = log(ordinary[29] / ordinary[2999]) / log(3000 / 30)
        assert 0.3 <= slope <= 0.9
        assert ordinary[0] < 0.12 * 6_000

    def test_a_quarter_is_mutual(self) -> None:
        pairs = {(a, b) for a, followees in self.lists.items() for b in followees}

        assert 0.2 <= sum((b, a) in pairs for a, b in pairs) / len(pairs) <= 0.3

    def test_a_third_does_nothing(self) -> None:
        inactive = {place for place in range(6_000) if self.people.is_inactive[place]}
        happenings = list(Writing(People(Population(accounts=2_000, seed=5))).happenings())
        people = People(Population(accounts=2_000, seed=5))

        assert 0.27 <= len(inactive) / 6_000 <= 0.33
        for each in happenings:
            doers = [each.author] if isinstance(each, Written) else [fan for fan, _ in each.likes]
            assert not any(people.is_inactive[doer] for doer in doers)


def test_what_is_pointed_at_is_older_and_everything_is_in_the_past() -> None:
    plan = Population(accounts=500, deep_posts=20)
    people = People(plan)
    follows = Follows(people)
    first_post = None
    ids = []
    reposts = []

    for each in Writing(people).happenings():
        if isinstance(each, Written):
            first_post = first_post or each.id
            target = each.parent or each.quoted or each.target
            assert target is None or target.id < each.id
            ids.append(each.id)
            if each.target is not None:
                reposts.append((each.author, each.target.id))
        else:
            assert all(each.post.id < id_ for _, id_ in [*each.likes, *each.bookmarks])

    assert ids == sorted(set(ids))
    assert len(reposts) == len(set(reposts)) > 100
    assert max(people.ids) < follows.first_id(0) < follows.first_id(499) + 10_000 < ids[0]
    assert ids[-1] < first_id_at(plan.ends_at)
    assert people.ids == sorted(set(people.ids))


async def test_posts_have_exactly_so_many_likes(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()

    summary = await load(url, Population(accounts=300, post_likes=(3, 50, 5_000), deep_posts=10))

    assert list(summary.liked) == [3, 50]
    for likes, post_id in summary.liked.items():
        assert await look(url, likes_of(post_id)) == likes


def counted(table: str) -> Ask:
    return lambda tx: tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table of ours


def likes_of(post_id: int) -> Ask:
    return lambda tx: tx.fetchval("SELECT count(*) FROM reactions WHERE kind = 1 AND post_id = $1", post_id)


async def schema(tx: Any) -> list[str]:
    """Indexes, constraints and columns, as text."""
    rows = await tx.fetch(
        """
        SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT format('%s %s %s %s', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT format('%s %s %s', attrelid::regclass, attname, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
        ORDER BY 1
        """
    )
    return [row["line"] for row in rows]


async def look(url: str, ask: Ask) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await ask(connection)
    finally:
        await connection.close()
