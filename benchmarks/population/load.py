"""The load: refuse what is not empty, take indexes away, copy everything at once, put indexes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from benchmarks.population.copying import Copies
from benchmarks.population.follows import Follows
from benchmarks.population.people import People
from benchmarks.population.plan import Population, Summary
from benchmarks.population.rows import COLUMNS, Progress, Rows
from benchmarks.population.schema import put_back, take_away
from benchmarks.population.writing import Writing

ACTIVE = 1_000
# Largest first, so that their indexes are begun first.
TABLES = sorted(COLUMNS, key=lambda table: ("follows", "reactions", "posts").count(table), reverse=True)


class NotEmpty(Exception):
    """The database has people already."""


async def load(database_url: str, plan: Population, *, progress: Progress = lambda *_: None) -> Summary:
    """Fill an empty, migrated database that nobody writes to meanwhile. Raises NotEmpty."""
    started = time.monotonic()
    people = People(plan)
    writing = Writing(people)
    async with _connected(database_url) as connection:
        await _refuse_filled(connection)
        taken = await take_away(connection, TABLES)
    try:
        rows = await _copy(database_url, people, writing, progress)
    except BaseException:
        await _empty(database_url)
        raise
    finally:
        await put_back(database_url, taken, progress=lambda *counts: progress("indexes", *counts))
    async with _connected(database_url) as connection:
        progress("vacuum", 0, 1)
        await connection.execute("VACUUM (ANALYZE)")
        progress("vacuum", 1, 1)
    return _summary(people, writing, rows, time.monotonic() - started)


async def _copy(url: str, people: People, writing: Writing, progress: Progress) -> dict[str, int]:
    rows = Rows(people, progress)
    copies = Copies(url, COLUMNS)
    async with asyncio.TaskGroup() as group:
        for table in COLUMNS:
            group.create_task(copies.run(table))
        await copies.write(rows.of_people())
        await copies.write(rows.of_follows(Follows(people)))
        await copies.write(rows.of_writing(writing))
        await copies.write(rows.of_account_counts())
        await copies.write(rows.of_celebrities())
        await copies.finish()
    return copies.rows


async def _empty(url: str) -> None:
    """As before: the tables are committed one by one, so some may be filled when another one fails."""
    async with _connected(url) as connection:
        await connection.execute(f"TRUNCATE {', '.join(TABLES)}")


async def _refuse_filled(connection: Any) -> None:
    for table in COLUMNS:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608 - ours
            raise NotEmpty(f"the table {table} has rows already; load into an empty database")


def _summary(people: People, writing: Writing, rows: dict[str, int], seconds: float) -> Summary:
    cast, person = people.cast, people.person
    return Summary(
        celebrity=person(cast.celebrity),
        popular=person(cast.popular),
        readers={follows: [person(each) for each in places] for follows, places in cast.readers.items()},
        authors={followers: person(place) for followers, place in cast.authors.items()},
        deep_authors=[person(each) for each in cast.deep],
        active=people.active_sample(ACTIVE),
        liked=dict(sorted(writing.liked.items())),
        rows=rows,
        seconds=seconds,
    )


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
