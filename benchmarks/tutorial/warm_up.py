"""Requests before those that are measured: Node.js compiles what it runs often.

The first five hundred of a kind cost more than twice what they cost later.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import asyncpg
import redis.asyncio

from benchmarks.calls import Calls, reading, require_success, spread, writing
from benchmarks.tutorial.data import Connection
from benchmarks.tutorial.target import TutorialTarget
from hubbub.bench import Call, Pool, run_closed

REQUESTS = 2_000
LOGINS = 10
CONNECTIONS = 16
PATIENCE_SECONDS = 120
PEOPLE = 200
POSTS = 500


async def warm_up(
    target: TutorialTarget, *, requests: int = REQUESTS, step: Callable[[str], None] = lambda _: None
) -> None:
    """So many requests of each operation. What they write is taken back, and the cache is emptied."""
    connection = await asyncpg.connect(target.database_url)
    try:
        before = {table: await _last_id(connection, table) for table in ("posts", "notifications")}
        try:
            await _read(target, connection, requests, step)
            await _write(target, connection, requests, before["posts"], step)
        finally:
            await _take_back(connection, before)
    finally:
        await connection.close()
    async with redis.asyncio.Redis.from_url(target.valkey_url) as valkey:
        await valkey.flushdb()


async def _read(
    target: TutorialTarget, connection: Connection, requests: int, step: Callable[[str], None]
) -> None:
    people = await target.sign_in(await _some_people(connection))
    ids = [person.id for person in people]
    posts = await _posts_after(connection, 0)
    kinds: list[tuple[str, Sequence[int], int]] = [
        ("home", ids, requests),
        ("poll", ids, requests),
        ("profile", ids, 3 * requests),
        ("author", ids, requests),
        ("thread", posts, requests),
        ("notifications", ids, requests),
        ("login", ids, min(requests, LOGINS)),
    ]
    for operation, subjects, number in kinds:
        step(f"warming up {target.name}: {operation}")
        await _drive(target, operation, islice(reading(target, operation, people, subjects), number))


async def _write(
    target: TutorialTarget, connection: Connection, requests: int, last: int, step: Callable[[str], None]
) -> None:
    """Posts, and then what people do with these alone."""
    people = await target.sign_in(await _some_people(connection))
    step(f"warming up {target.name}: writes")
    await _drive(target, "post", islice(writing(target, "post", people), requests))
    posts = await _posts_after(connection, last)
    await _drive(target, "comment", islice(writing(target, "comment", people, posts), requests))
    for operation in ("like", "unlike"):
        await _drive(target, operation, islice(spread(target, operation, people, posts), requests))


async def _drive(target: TutorialTarget, operation: str, calls: Iterator[Call]) -> None:
    async with Pool(target.base_url, CONNECTIONS) as pool:
        outcome = await run_closed(pool, Calls(target, operation, calls).shot, seconds=PATIENCE_SECONDS)
    require_success(outcome)


async def _some_people(connection: Connection) -> list[int]:
    """Who follow somebody, so that their feeds hold something."""
    rows = await connection.fetch(
        "SELECT DISTINCT follower_id FROM follows ORDER BY follower_id DESC LIMIT $1", PEOPLE
    )
    return [row["follower_id"] for row in rows]


async def _posts_after(connection: Connection, post_id: int) -> list[int]:
    rows = await connection.fetch(
        "SELECT id FROM posts WHERE id > $1 ORDER BY id DESC LIMIT $2", post_id, POSTS
    )
    return [row["id"] for row in rows]


async def _last_id(connection: Connection, table: str) -> int:
    last: int = await connection.fetchval(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - ours
    return last


async def _take_back(connection: Connection, before: dict[str, int]) -> None:
    """Comments and likes go with their posts."""
    for table, last in before.items():
        await connection.execute(f"DELETE FROM {table} WHERE id > $1", last)  # noqa: S608 - ours
    await connection.execute("VACUUM (ANALYZE)")
