"""Reads of hot pages on a population: by index only, at a cost that nothing but the page decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from benchmarks.population import Population, load
from benchmarks.population.plans import Plan, Read, explain, reads
from benchmarks.population.sizes import BARS, measure, show
from hubbub.platform.counters import select_counts
from hubbub.platform.db import Database, open_database
from hubbub.reactions.state_queries import select_states
from hubbub.visibility.queries import select_facts
from tests.benchmarks.test_population import NewUrl, look

SMALL = Population(accounts=2_100, mean_follows=12, posts_per_account=2, likes_per_post=1)
LARGE = Population(accounts=6_300, mean_follows=12, posts_per_account=2, likes_per_post=1)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """As the service opens it."""
    db = await open_database(url, deadline_seconds=30)
    try:
        yield db
    finally:
        await db.close()


async def explained(url: str, plan: Population) -> dict[str, Plan]:
    await load(url, plan)
    async with opened(url) as db, db.connection() as tx:
        return {read.name: await explain(tx, read) for read in await reads(tx, plan)}


async def test_pages_are_read_by_index_at_a_cost_that_the_accounts_do_not_raise(
    fresh_database_url: NewUrl,
) -> None:
    small = await explained(fresh_database_url(), SMALL)
    large = await explained(fresh_database_url(), LARGE)

    assert len(small) > 20
    for name, plan in large.items():
        assert plan.whole_tables == [], name
        assert plan.indexes, name
        # Trees grow by a level now and then, so by a third where they were three deep.
        assert plan.pages <= 1.6 * small[name].pages + 10, name


async def test_pending_counts_are_read_by_index_by_who_found_none_before(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    await look(url, lambda tx: tx.execute("VACUUM (ANALYZE) count_deltas"))
    counts = Read("counts", lambda tx: select_counts(tx, [1, 2]))

    async with opened(url) as db, db.connection() as tx:
        nothing = await explain(tx, counts)

    assert nothing.whole_tables == []


async def test_sizes_are_those_of_the_tables(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    summary = await load(url, SMALL)

    sizes = [await look(url, partial(measure, table=table)) for table in BARS]

    assert [size.rows for size in sizes] == [summary.rows[table] for table in BARS]
    for size in sizes:
        whole = await look(url, partial(whole_size, table=size.table))
        assert abs((size.total + size.text) * size.rows - whole) < 1
        assert size.table in show(sizes)


async def test_a_follow_takes_no_more_than_it_may(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    await load(url, SMALL)

    assert (await look(url, partial(measure, table="follows"))).is_within


async def test_all_that_is_read_of_follows_is_found_by_its_two_indexes(fresh_database_url: NewUrl) -> None:
    plans = await explained(fresh_database_url(), SMALL)

    used = {index for plan in plans.values() for index in plan.indexes if index.startswith("follows_")}
    assert used == {"follows_pkey", "follows_followee_idx"}
    assert plans["followees, 1,000 follows"].pages < 1_100
    assert plans["followees, 10 follows"].pages < 20
    assert plans["followers of the celebrity"].pages < 40


async def test_what_one_has_done_is_looked_up_for_a_page_alone(fresh_database_url: NewUrl) -> None:
    url = fresh_database_url()
    summary = await load(url, SMALL)
    busy = summary.active[0].id
    posts, authors = await look(url, partial(keep_busy, account_id=busy))
    states = Read("states", lambda tx: select_states(tx, viewer_id=busy, post_ids=posts))
    facts = Read(
        "facts", lambda tx: select_facts(tx, viewer_id=busy, account_ids=authors, at=datetime.now(UTC))
    )

    async with opened(url) as db, db.connection() as tx:
        plans = [await explain(tx, read) for read in (states, facts)]

    for plan in plans:
        assert plan.discarded < 50, plan.text


async def keep_busy(tx: Any, account_id: int) -> tuple[list[int], list[int]]:
    """Have the account like, keep, block, mute and be followed by all there is; a page's worth of both."""
    for statement in (
        "INSERT INTO reactions SELECT id, $1, 1, id FROM posts ON CONFLICT DO NOTHING",
        "INSERT INTO bookmarks SELECT $1, id, id FROM posts ON CONFLICT DO NOTHING",
        "INSERT INTO blocks SELECT $1, id, id FROM accounts",
        "INSERT INTO mutes SELECT $1, id, id FROM accounts",
        "INSERT INTO follows SELECT id, $1, id FROM accounts ON CONFLICT DO NOTHING",
        # What others do, so that most have little.
        "INSERT INTO blocks SELECT id, $1, id FROM accounts WHERE id <> $1",
        "INSERT INTO mutes SELECT id, id + 1, id FROM accounts WHERE id <> $1",
    ):
        await tx.execute(statement, account_id)
    await tx.execute("VACUUM (ANALYZE)")
    posts = await tx.fetch("SELECT id FROM posts ORDER BY id DESC LIMIT 20")
    accounts = await tx.fetch("SELECT id FROM accounts ORDER BY id DESC LIMIT 20")
    return [row["id"] for row in posts], [row["id"] for row in accounts]


async def whole_size(tx: Any, table: str) -> int:
    found: int = await tx.fetchval("SELECT pg_total_relation_size($1::text::regclass)", table)
    return found
