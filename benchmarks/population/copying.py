"""One COPY for each table, all at the same time, fed by whoever makes the lines."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import asyncpg

from benchmarks.population.rows import Lines

PIECE = 256 * 1024
WAITING_PIECES = 64
"""Pieces that wait for a table before the maker of lines waits."""
# Between giving way to the connections, which then send what the server has taken meanwhile.
LINES_IN_A_ROW = 300


class Copies:
    """Write lines, then `finish`; nothing is committed before."""

    def __init__(self, url: str, columns: Mapping[str, str]) -> None:
        self._url = url
        self._columns = columns
        self._pending: dict[str, list[str]] = {table: [] for table in columns}
        self._sizes = dict.fromkeys(columns, 0)
        self._queues: dict[str, asyncio.Queue[bytes | None]] = {
            table: asyncio.Queue(WAITING_PIECES) for table in columns
        }
        self.rows = dict.fromkeys(columns, 0)

    async def write(self, lines: Iterable[Lines]) -> None:
        pending, sizes = self._pending, self._sizes
        for number, (table, text) in enumerate(lines):
            pending[table].append(text)
            sizes[table] += len(text)
            if sizes[table] > PIECE:
                await self._flush(table)
            if number % LINES_IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def finish(self) -> None:
        for table, queue in self._queues.items():
            await self._flush(table)
            await queue.put(None)

    async def run(self, table: str) -> None:
        """Copies into one table until `finish`. The rows are frozen, which asks for a truncated table."""
        connection = await asyncpg.connect(self._url, command_timeout=None)
        try:
            async with connection.transaction():
                await connection.execute(f"TRUNCATE {table}")
                status = await connection.copy_to_table(
                    table,
                    source=self._pieces(table),
                    columns=self._columns[table].split(),
                    freeze=True,
                )
            self.rows[table] = int(status.rpartition(" ")[2])
        finally:
            await connection.close()

    async def _flush(self, table: str) -> None:
        text = "".join(self._pending[table])
        self._pending[table] = []
        self._sizes[table] = 0
        await self._queues[table].put(text.encode())

    async def _pieces(self, table: str) -> AsyncIterator[Any]:
        while (piece := await self._queues[table].get()) is not None:
            yield piece
