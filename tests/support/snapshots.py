"""Puts the database back to what it was, so that many requests can be tried on one world."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

# Without the lease of a process, which is renewed now and then whatever is asked of it.
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
  AND relname NOT IN ('schema_migrations', 'id_workers')
"""

_DIGEST = "SELECT '{}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} AS t"
_RESTORE = "DELETE FROM {}; INSERT INTO {} TABLE saved_{};"

Digest = dict[str, tuple[int, str]]


class Snapshot:
    """Of all rows, at the moment of `take`. Caches outside the database are not its business."""

    def __init__(self, connection: Any, tables: list[str]) -> None:
        self._connection = connection
        self._tables = tables
        self._digest_sql = " UNION ALL ".join(_DIGEST.replace("{}", name) for name in tables)
        self._taken: Digest = {}

    async def take(self) -> None:
        await self._connection.execute(
            "".join(f"CREATE TEMP TABLE saved_{name} AS TABLE {name};" for name in self._tables)
        )
        self._taken = await self._digest()

    async def changed_tables(self) -> set[str]:
        """The tables whose rows differ from those that were taken."""
        now = await self._digest()
        return {name for name in self._tables if now[name] != self._taken[name]}

    async def restore(self, tables: set[str]) -> None:
        parts = [_RESTORE.replace("{}", name) for name in sorted(tables)]
        await self._connection.execute(
            f"BEGIN; SET LOCAL session_replication_role = replica; {''.join(parts)} COMMIT"
        )

    async def _digest(self) -> Digest:
        return {name: (count, sum_) for name, count, sum_ in await self._connection.fetch(self._digest_sql)}


@asynccontextmanager
async def snapshot_of(superuser_url: str) -> AsyncIterator[Snapshot]:
    """What the database that `superuser_url` names holds now."""
    connection = await asyncpg.connect(superuser_url)
    try:
        snapshot = Snapshot(connection, [row["relname"] for row in await connection.fetch(_TABLES)])
        await snapshot.take()
        yield snapshot
    finally:
        await connection.close()
