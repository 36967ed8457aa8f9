"""Bytes that a row takes with its share of each index, in the database that is named.

    python -m benchmarks.population.sizes --database-url URL [--grown]

Indexes that were built after a load are as dense as they get. `--grown` measures copies of the tables
whose rows were inserted in the order of time, as a living system does it; the copies are dropped.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from hubbub.cli.connection import connected
from hubbub.settings import read_settings

GROWN_ROWS = 500_000
BARS = {"posts": 140, "follows": 124, "reactions": 82}
"""Bytes a row with indexes; of posts, those beside the text."""


@dataclass(frozen=True, slots=True)
class Size:
    table: str
    rows: int
    heap: float
    """Bytes a row, as below. Without the text where the table is posts."""
    text: float
    indexes: Mapping[str, float]

    @property
    def total(self) -> float:
        return self.heap + sum(self.indexes.values())

    @property
    def is_within(self) -> bool:
        return self.total <= BARS[self.table]


async def measure(tx: Any, table: str, *, name: str | None = None) -> Size:
    """Of a table that has rows. `name` is that of a copy to measure instead."""
    measured = name or table
    text = "octet_length(text)" if table == "posts" else "0"
    row = await tx.fetchrow(f"SELECT count(*) AS rows, avg({text}) AS text FROM {measured}")  # noqa: S608
    rows, mean_text = row["rows"], float(row["text"])
    heap = await tx.fetchval("SELECT pg_table_size($1::text::regclass)", measured)
    indexes = await tx.fetch(
        """
        SELECT indexrelid::regclass::text AS name, pg_relation_size(indexrelid) AS bytes
        FROM pg_index WHERE indrelid = $1::text::regclass
        ORDER BY bytes DESC
        """,
        measured,
    )
    return Size(
        table,
        rows,
        heap / rows - mean_text,
        mean_text,
        {each["name"]: each["bytes"] / rows for each in indexes},
    )


async def measure_grown(tx: Any, table: str) -> Size:
    """Of a copy into which the oldest rows were inserted in the order of time."""
    copy = f"grown_{table}"
    await tx.execute(f"DROP TABLE IF EXISTS {copy}")
    await tx.execute(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
    try:
        await tx.execute(
            f"INSERT INTO {copy} SELECT * FROM {table} ORDER BY id LIMIT {GROWN_ROWS}"  # noqa: S608
        )
        return await measure(tx, table, name=copy)
    finally:
        await tx.execute(f"DROP TABLE {copy}")


def show(sizes: Sequence[Size]) -> str:
    lines = ["| Table | Rows | Row | Indexes, bytes a row | Together | Bar |", "|---|---|---|---|---|---|"]
    for size in sizes:
        indexes = ", ".join(f"{name} {bytes_:.1f}" for name, bytes_ in size.indexes.items())
        extra = " + text" if size.table == "posts" else ""
        verdict = "" if size.is_within else " (missed)"
        lines.append(
            f"| {size.table} | {size.rows:,} | {size.heap:.1f}{extra} | {indexes} | {size.total:.1f}{extra}"
            f"{verdict} | {BARS[size.table]}{extra} |"
        )
    return "\n".join(lines)


async def main(url: str, *, is_grown: bool) -> None:
    async with _connected(url) as connection:
        how = measure_grown if is_grown else measure
        print(show([await how(connection, table) for table in BARS]))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database-url", default="")
    parser.add_argument("--grown", action="store_true")
    options = parser.parse_args()
    asyncio.run(main(options.database_url or connected(read_settings()).database.url, is_grown=options.grown))
