"""Indexes and keys taken away while tables are filled, and put back exactly as the migrations define them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

# Two at once, each with this much memory to sort in.
AT_ONCE = 2
SORT_MEMORY = "256MB"


@dataclass(frozen=True, slots=True)
class Key:
    """A constraint: `kind` is p for a primary key, f for a foreign one."""

    table: str
    name: str
    kind: str
    definition: str


@dataclass(frozen=True, slots=True)
class Taken:
    keys: Sequence[Key]
    indexes: Sequence[str]
    """As CREATE INDEX statements; those of primary keys among them."""


async def take_away(connection: Any, tables: Sequence[str]) -> Taken:
    """Drop all indexes of the tables with their primary keys, and the foreign keys from and to them."""
    taken = Taken(await _keys(connection, tables), await _indexes(connection, tables))
    foreign = [key for key in taken.keys if key.kind == "f"]
    async with connection.transaction():
        for key in [*foreign, *(key for key in taken.keys if key.kind == "p")]:
            await connection.execute(f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name}")
        names = [row["indexname"] for row in await _index_rows(connection, tables)]
        for name in names:
            await connection.execute(f"DROP INDEX {name}")
    return taken


async def put_back(url: str, taken: Taken, *, progress: Callable[[int, int], None]) -> None:
    """Build the indexes, some at once, then make the keys of them."""
    waiting = list(taken.indexes)
    total = len(waiting) + len(taken.keys)
    done = 0

    async def build() -> None:
        nonlocal done
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"SET maintenance_work_mem = '{SORT_MEMORY}'")
            while waiting:
                await connection.execute(waiting.pop(0))
                done += 1
                progress(done, total)
        finally:
            await connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(build())
    connection = await asyncpg.connect(url)
    try:
        for key in sorted(taken.keys, key=lambda key: key.kind, reverse=True):
            how = f"PRIMARY KEY USING INDEX {key.name}" if key.kind == "p" else key.definition
            await connection.execute(f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {how}")
            done += 1
            progress(done, total)
    finally:
        await connection.close()


async def _keys(connection: Any, tables: Sequence[str]) -> list[Key]:
    rows = await connection.fetch(
        """
        SELECT conrelid::regclass::text AS table, conname AS name, contype::text AS kind,
            pg_get_constraintdef(oid) AS definition
        FROM pg_constraint
        WHERE contype IN ('p', 'f', 'u', 'x')
            AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[]))
        ORDER BY 1, 2
        """,
        list(tables),
    )
    unknown = [row["name"] for row in rows if row["kind"] not in "pf"]
    if unknown:
        raise NotImplementedError(f"constraints of another kind: {unknown}")
    return [Key(**row) for row in rows]


async def _indexes(connection: Any, tables: Sequence[str]) -> list[str]:
    return [row["indexdef"] for row in await _index_rows(connection, tables)]


async def _index_rows(connection: Any, tables: Sequence[str]) -> list[Any]:
    """Those of the largest tables first, as these take longest."""
    rows: list[Any] = await connection.fetch(
        """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = current_schema() AND tablename = ANY($1)
        ORDER BY array_position($1, tablename::text), indexname
        """,
        list(tables),
    )
    return rows
