"""The baseline's database: on the same server, with the same people and texts under the same ids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

DATABASE = "tutorial"
HERE = Path(__file__).parent
PIECES_WAITING = 32


@dataclass(frozen=True, slots=True)
class Copied:
    """A table of the app, its columns, and the query on Hubbub's database that fills it."""

    table: str
    columns: tuple[str, ...]
    query: str
    is_about_people: bool = False
    """Then the query takes the base of avatar addresses and the hash of everybody's password."""


# What Hubbub has and the app knows nothing of stays behind: reposts, what only those mentioned may see, likes
# of comments. A comment on a comment becomes one on the post. When something was made is in its id.
COPIED = (
    Copied(
        "users",
        ("id", "handle", "email", "password_hash", "display_name", "bio", "avatar", "created_at"),
        """
        SELECT a.id, a.handle, coalesce(c.email, a.id || '@people.example'), $2::text, a.display_name, a.bio,
               $1::text || '/v1/accounts/' || a.id || '/avatar',
               to_timestamp(((a.id >> 22) + 1735689600000) / 1000.0)
        FROM accounts a LEFT JOIN credentials c ON c.account_id = a.id
        """,
        is_about_people=True,
    ),
    Copied(
        "posts",
        ("id", "author_id", "text", "visibility", "likes_count", "comments_count", "created_at"),
        """
        SELECT p.id, p.author_id, p.text, (ARRAY['public', 'unlisted', 'followers'])[p.visibility + 1],
               coalesce(l.number, 0)::integer, coalesce(c.number, 0)::integer,
               to_timestamp(((p.id >> 22) + 1735689600000) / 1000.0)
        FROM posts p
        JOIN accounts a ON a.id = p.author_id
        LEFT JOIN (
            SELECT r.post_id, count(*) AS number FROM reactions r JOIN accounts la ON la.id = r.account_id
            WHERE r.kind = 1 GROUP BY r.post_id
        ) l ON l.post_id = p.id
        LEFT JOIN (
            SELECT root_id, count(*) AS number FROM posts cp JOIN accounts ca ON ca.id = cp.author_id
            WHERE cp.root_id IS NOT NULL AND cp.deleted_at IS NULL GROUP BY root_id
        ) c ON c.root_id = p.id
        WHERE p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility < 3
        """,
    ),
    Copied(
        "comments",
        ("id", "post_id", "author_id", "text", "created_at"),
        """
        SELECT c.id, c.root_id, c.author_id, c.text, to_timestamp(((c.id >> 22) + 1735689600000) / 1000.0)
        FROM posts c
        JOIN posts p ON p.id = c.root_id
        JOIN accounts pa ON pa.id = p.author_id
        JOIN accounts a ON a.id = c.author_id
        WHERE c.deleted_at IS NULL
          AND p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility < 3
        """,
    ),
    Copied(
        "follows",
        ("follower_id", "followee_id", "created_at"),
        """
        SELECT f.follower_id, f.followee_id, to_timestamp(((f.id >> 22) + 1735689600000) / 1000.0)
        FROM follows f JOIN accounts a ON a.id = f.follower_id JOIN accounts b ON b.id = f.followee_id
        """,
    ),
    Copied(
        "likes",
        ("post_id", "user_id", "created_at"),
        """
        SELECT r.post_id, r.account_id, to_timestamp(((r.id >> 22) + 1735689600000) / 1000.0)
        FROM reactions r
        JOIN posts p ON p.id = r.post_id
        JOIN accounts pa ON pa.id = p.author_id
        JOIN accounts a ON a.id = r.account_id
        WHERE r.kind = 1
          AND p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility < 3
        """,
    ),
    Copied(
        "notifications",
        ("user_id", "actor_id", "type", "post_id", "created_at"),
        """
        SELECT n.account_id, n.actor_id, 'like', n.object_id,
               to_timestamp(((r.id >> 22) + 1735689600000) / 1000.0)
        FROM notification_actors n
        JOIN reactions r ON r.post_id = n.object_id AND r.account_id = n.actor_id AND r.kind = 1
        JOIN posts p ON p.id = n.object_id
        JOIN accounts pa ON pa.id = n.account_id
        JOIN accounts a ON a.id = n.actor_id
        WHERE n.kind = 1 AND n.state = 0
          AND p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility < 3
        """,
    ),
)


def database_url(hubbub_url: str) -> str:
    """The baseline's database on the same server."""
    return urlunsplit(urlsplit(hubbub_url)._replace(path=f"/{DATABASE}"))


async def create_database(hubbub_url: str) -> str:
    """Make it anew, with tables but no indexes yet; its URL."""
    await drop_database(hubbub_url)
    async with _connected(hubbub_url) as connection:
        await connection.execute(f"CREATE DATABASE {DATABASE}")
    url = database_url(hubbub_url)
    async with _connected(url) as connection:
        await connection.execute((HERE / "schema.sql").read_text())
    return url


async def copy_people(
    hubbub_url: str, url: str, *, password_hash: str, avatars: str, has_time_index: bool = True
) -> dict[str, int]:
    """Fill it from Hubbub's database, then add the indexes; how many rows each table has got.

    Without its index on `posts (created_at)`, which some articles lack, a feed sorts all it might show.
    """
    async with _connected(hubbub_url) as source, _connected(url) as sink:
        # One picture of the source, so that no row lacks what it refers to.
        async with source.transaction(isolation="repeatable_read", readonly=True):
            rows = {
                each.table: await _copy(
                    source, sink, each, *((avatars, password_hash) if each.is_about_people else ())
                )
                for each in COPIED
            }
        await sink.execute((HERE / "indexes.sql").read_text())
        if not has_time_index:
            await sink.execute("DROP INDEX posts_created_idx")
        for table in ("users", "posts", "comments"):
            await sink.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
        await sink.execute("VACUUM (ANALYZE)")
    return rows


async def recount(url: str) -> None:
    """Make the counts in the rows of posts right, which `subqueries` leaves alone."""
    async with _connected(url) as connection:
        await connection.execute(
            """
            UPDATE posts p SET likes_count = actual.likes, comments_count = actual.comments
            FROM (
                SELECT id, (SELECT count(*) FROM likes l WHERE l.post_id = posts.id) AS likes,
                       (SELECT count(*) FROM comments c WHERE c.post_id = posts.id) AS comments
                FROM posts
            ) actual
            WHERE actual.id = p.id AND (p.likes_count, p.comments_count) <> (actual.likes, actual.comments)
            """
        )


async def drop_database(hubbub_url: str) -> None:
    async with _connected(hubbub_url) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


async def _copy(source: Connection, sink: Connection, what: Copied, *arguments: str) -> int:
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_WAITING)

    async def read() -> None:
        try:
            await source.copy_from_query(what.query, *arguments, output=pieces.put, format="binary")
        finally:
            await pieces.put(None)

    async def wait_for_pieces() -> AsyncIterator[bytes]:
        while (piece := await pieces.get()) is not None:
            yield piece

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        written = group.create_task(
            sink.copy_to_table(
                what.table, source=wait_for_pieces(), columns=list(what.columns), format="binary"
            )
        )
    return int(written.result().rpartition(" ")[2])


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
