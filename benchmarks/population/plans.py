"""How PostgreSQL answers the reads that pages are made of: plans, time and pages touched, on a population.

    python -m benchmarks.population.plans --database-url URL [--seed 1] [--accounts 100000] [--verbose]

The statements are those that the service runs, explained on a connection of its pool, whose settings
decide about plans.
Accounts and seed must be those of the load, so that the people with a part are found.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from benchmarks.population.people import People
from benchmarks.population.plan import Population
from hubbub.cli.connection import connected
from hubbub.feeds import queries as feeds
from hubbub.graph import queries as graph
from hubbub.platform.counters import select_counts
from hubbub.platform.db import open_database
from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window
from hubbub.posts.queries import lists
from hubbub.posts.queries import posts as rows_of_posts
from hubbub.reactions import queries as reactions
from hubbub.reactions import state_queries as states
from hubbub.settings import read_settings
from hubbub.visibility import queries as visibility

LIMIT = 21
"""What a page of 20 asks for."""
PAGE_OF_POSTS = 20
DEADLINE_SECONDS = 120.0

Ask: TypeAlias = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    milliseconds: float
    pages: int
    """8 KB pages of tables and indexes touched, in memory or not."""
    rows: int
    discarded: int
    """Rows that were read and then found not to be wanted."""
    whole_tables: Sequence[str]
    """Tables that are read from one end to the other."""
    indexes: Sequence[str]
    text: str


class Explainer:
    """Stands where statements are run, and explains them instead; the best of three runs counts."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.found: list[dict[str, Any]] = []

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        kinds = [kind.name for kind in (await self._connection.prepare(sql)).get_parameters()]
        await self._connection.execute(f"PREPARE explained ({', '.join(map(_sql_name, kinds))}) AS {sql}")
        try:
            execute = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained{_literals(arguments)}"
            runs = [json.loads(await self._connection.fetchval(execute))[0] for _ in range(3)]
            self.found.append(min(runs, key=lambda run: float(run["Execution Time"])))
        finally:
            await self._connection.execute("DEALLOCATE explained")
        return []


async def explain(connection: Any, read: Read) -> Plan:
    explainer = Explainer(connection)
    await read.ask(explainer)
    (found,) = explainer.found
    top = found["Plan"]
    nodes = list(_nodes(top))
    return Plan(
        name=read.name,
        milliseconds=found["Execution Time"],
        pages=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        rows=round(top["Actual Rows"]),
        discarded=round(sum(node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in nodes)),
        whole_tables=sorted({node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}),
        indexes=sorted(
            {node["Index Name"] for node in nodes if "Index Name" in node and node["Actual Loops"]}
        ),
        text=json.dumps(found, indent=1),
    )


async def reads(connection: Any, plan: Population) -> list[Read]:
    """The reads of the hot pages, for those for whom they could be slow."""
    people = People(plan)
    cast = people.cast
    # People were given ids in the order of their positions.
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM accounts ORDER BY id")]
    celebrity = ids[cast.celebrity]
    posts = await _ids(connection, "SELECT id FROM posts WHERE parent_id IS NULL ORDER BY id DESC LIMIT $1")
    most_liked = await _most(connection, 1)
    most_discussed = await _most(connection, 2)
    authors = [ids[place] for place in people.by_popularity[:PAGE_OF_POSTS]]
    found = []
    for follows, places in cast.readers.items():
        reader = ids[places[0]]
        deep = await _position_of_page(connection, reader, 40)
        found += [
            Read(f"home, {follows:,} follows", _home(reader, MAX_ID)),
            Read(f"home, {follows:,} follows, page 40", _home(reader, deep)),
            Read(f"followees, {follows:,} follows", _followees(reader)),
            Read(f"facts of 20 authors, {follows:,} follows", _facts(reader, authors)),
        ]
    return [
        *found,
        Read("facts of 20 authors, for the celebrity", _facts(celebrity, authors)),
        Read("author's posts", _author(ids[cast.deep[0]], has_replies=False)),
        Read("author's posts and replies", _author(ids[cast.deep[0]], has_replies=True)),
        Read("followers of the celebrity", _followers(celebrity)),
        Read("followers of one with 10", _followers(ids[cast.authors[10]])),
        Read("public page", lambda tx: feeds.select_public(tx, position=MAX_ID, limit=LIMIT, is_back=False)),
        Read("hashtag page", _tag("weekend")),
        Read(
            "20 posts with what they point at", lambda tx: rows_of_posts.select_posts_and_related(tx, posts)
        ),
        Read("counts of 20 posts", lambda tx: select_counts(tx, posts)),
        Read("counts and reactions of a viewer", _numbers(ids[cast.size], posts)),
        Read("likers of the most liked post", _likers(most_liked)),
        Read("likes of an account", _likes(ids[cast.size])),
        Read("comments on the most discussed post", _comments(most_discussed)),
        Read("its top comments", _top_comments(most_discussed)),
    ]


def _home(viewer_id: int, position: int) -> Ask:
    return lambda tx: feeds.select_home(
        tx, viewer_id=viewer_id, position=position, limit=LIMIT, is_back=False
    )


def _followees(account_id: int) -> Ask:
    return lambda tx: graph.select_followees(tx, account_id=account_id, window=Window(limit=LIMIT))


def _followers(account_id: int) -> Ask:
    return lambda tx: graph.select_followers(tx, account_id=account_id, window=Window(limit=LIMIT))


def _facts(viewer_id: int, account_ids: Sequence[int]) -> Ask:
    return lambda tx: visibility.select_facts(
        tx, viewer_id=viewer_id, account_ids=account_ids, at=datetime.now(UTC)
    )


def _author(author_id: int, *, has_replies: bool) -> Ask:
    select = lists.select_author_posts if has_replies else lists.select_author_top_posts
    return lambda tx: select(tx, author_id=author_id, position=MAX_ID, limit=LIMIT, is_back=False)


def _tag(tag: str) -> Ask:
    return lambda tx: feeds.select_tagged(tx, tag=tag, position=MAX_ID, limit=LIMIT, is_back=False)


def _numbers(viewer_id: int, post_ids: Sequence[int]) -> Ask:
    return lambda tx: states.select_numbers(tx, viewer_id=viewer_id, post_ids=post_ids)


def _likers(post_id: int) -> Ask:
    return lambda tx: reactions.select_reactors(
        tx, post_id=post_id, kind=1, position=MAX_ID, limit=LIMIT, is_back=False
    )


def _likes(account_id: int) -> Ask:
    return lambda tx: reactions.select_account_reactions(
        tx, account_id=account_id, kind=1, position=MAX_ID, limit=LIMIT, is_back=False
    )


def _comments(post_id: int) -> Ask:
    return lambda tx: lists.select_comments(
        tx, parent_id=post_id, position=MAX_ID, limit=LIMIT, is_ascending=False
    )


def _top_comments(post_id: int) -> Ask:
    return lambda tx: lists.select_top_comments(
        tx, parent_id=post_id, likes=MAX_ID, position=MAX_ID, limit=LIMIT, is_back=False
    )


async def _ids(connection: Any, sql: str) -> list[int]:
    return [row["id"] for row in await connection.fetch(sql, PAGE_OF_POSTS)]


async def _most(connection: Any, kind: int) -> int:
    """The post with the highest count of this kind."""
    sql = "SELECT subject_id FROM counts WHERE kind = $1 ORDER BY value DESC LIMIT 1"
    found: int = await connection.fetchval(sql, kind)
    return found


async def _position_of_page(connection: Any, reader_id: int, page: int) -> int:
    found = await feeds.select_home(
        connection, viewer_id=reader_id, position=MAX_ID, limit=page * PAGE_OF_POSTS, is_back=False
    )
    return found[-1]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _sql_name(kind: str) -> str:
    return f"{kind.removesuffix('[]')}[]" if kind.endswith("[]") else kind


def _literals(arguments: Sequence[Any]) -> str:
    """As EXECUTE wants them, which takes no parameters itself."""
    return f"({', '.join(map(_literal, arguments))})" if arguments else ""


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{{{','.join(map(str, value))}}}'"


def show(plans: Sequence[Plan]) -> str:
    lines = ["| Read | ms | pages | rows | discarded | on |", "|---|---|---|---|---|---|"]
    for plan in plans:
        on = ", ".join([*plan.indexes, *(f"ALL OF {table}" for table in plan.whole_tables)])
        numbers = f"{plan.milliseconds:.2f} | {plan.pages:,} | {plan.rows} | {plan.discarded}"
        lines.append(f"| {plan.name} | {numbers} | {on} |")
    return "\n".join(lines)


async def main(url: str, plan: Population, *, is_verbose: bool) -> None:
    db = await open_database(url, deadline_seconds=DEADLINE_SECONDS)
    try:
        async with db.connection() as tx:
            plans = [await explain(tx, read) for read in await reads(tx, plan)]
    finally:
        await db.close()
    if is_verbose:
        for each in plans:
            print(f"{each.name}\n{each.text}", file=sys.stderr)
    print(show(plans))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database-url", default="")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="the plans themselves, to the error output")
    options = parser.parse_args()
    asked = Population(accounts=options.accounts, seed=options.seed)
    chosen = options.database_url or connected(read_settings()).database.url
    asyncio.run(main(chosen, asked, is_verbose=options.verbose))
