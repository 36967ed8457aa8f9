"""Brings a database to the schema this code needs: numbered SQL files, forward only, each applied once.

Several processes may start at once. An advisory lock lets one work while the others wait; where it
has no effect (a pooler that shares sessions) the primary key of schema_migrations still refuses the second.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg

from hubbub.platform.db import Database, Tx, open_connection

__all__ = ["FOLDER", "Migration", "MigrationError", "migrate", "pending", "read_folder"]

FOLDER = Path(__file__).parents[1] / "migrations"
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
NO_TRANSACTION = "-- no transaction"
LOCK_KEY = 0x48_75_62_62_75_62  # "Hubbub"
LOCK_TRIES = 10

Progress = Callable[[str, int, int], None]
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class MigrationError(Exception):
    """The files and the database do not fit together; nothing was applied by the file it names."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def needs_transaction(self) -> bool:
        return not self.sql.startswith(NO_TRANSACTION)


async def migrate(url: str, on_progress: Progress | None = None, *, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing and return its names. `on_progress` gets (name, how many done, of how many)."""
    files = read_folder(folder)
    connection = await open_connection(
        url, application_name="hubbub migrate", lock_timeout="2s", statement_timeout="10min"
    )
    try:
        await _lock(connection)
        return await _apply_missing(connection, files, on_progress)
    finally:
        await connection.close(timeout=5)


async def pending(db: Database, *, folder: Path = FOLDER) -> list[str]:
    """Names not applied yet. Raises MigrationError as `migrate` would."""
    async with db.connection() as connection:
        applied = await _select_applied(connection)
    return [file.name for file in _missing(read_folder(folder), applied)]


def read_folder(folder: Path) -> list[Migration]:
    files = [_read_file(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [file.number for file in files]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise MigrationError(f"two files have the number {twice[0]:04}")
    return files


def _read_file(path: Path) -> Migration:
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(f"{path.name}: a migration is named like 0001_some_words.sql")
    return Migration(int(match[1]), path.stem, path.read_text(encoding="utf-8"))


async def _lock(connection: Connection) -> None:
    # Asking again and again: a session that waits inside the server holds a snapshot, and the one
    # that works would wait for it in CREATE INDEX CONCURRENTLY.
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _apply_missing(
    connection: Connection, files: Sequence[Migration], on_progress: Progress | None
) -> list[str]:
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL
        )
        """
    )
    missing = _missing(files, await _select_applied(connection))
    for done, file in enumerate(missing):
        if on_progress is not None:
            on_progress(file.name, done, len(missing))
        await _apply_patiently(connection, file)
    if on_progress is not None and missing:
        on_progress(missing[-1].name, len(missing), len(missing))
    return [file.name for file in missing]


async def _apply_patiently(connection: Connection, file: Migration) -> None:
    """Waiting 2 s for a lock and letting go, so that requests queued behind us get through between tries."""
    for attempt in range(1, LOCK_TRIES + 1):
        try:
            return await _apply(connection, file)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if attempt == LOCK_TRIES:
                raise MigrationError(
                    f"{file.name}: could not get its locks, {attempt} times ({error})"
                ) from error
            await asyncio.sleep(0.25 * attempt)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"{file.name}: {error}") from error


async def _apply(connection: Connection, file: Migration) -> None:
    if file.needs_transaction:
        async with connection.transaction():
            await connection.execute(file.sql)
            await _insert_applied(connection, file)
        return
    for statement in _statements(file.sql):
        await connection.execute(statement)
    await _insert_applied(connection, file)


def _statements(sql: str) -> Iterable[str]:
    """Statements of a file without a transaction, which end at a line's end and must be repeatable."""
    return (part for part in re.split(r";[ \t]*(?:\n|$)", sql) if re.sub(r"--.*", "", part).strip())


async def _insert_applied(connection: Connection, file: Migration) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, now())",
        file.number,
        file.name,
        file.checksum,
    )


async def _select_applied(tx: Tx) -> dict[int, tuple[str, str]]:
    """Name and checksum by number; nothing when the table is not there yet."""
    if await tx.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return {}
    rows = await tx.fetch("SELECT number, name, checksum FROM schema_migrations")
    return {row["number"]: (row["name"], row["checksum"]) for row in rows}


def _missing(files: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    known = {file.number: file for file in files}
    newest = max(applied, default=0)
    if newest > max(known, default=0):
        raise MigrationError(f"the database is newer than this code: {applied[newest][0]} is not known here")
    for number, (name, checksum) in sorted(applied.items()):
        if number not in known:
            raise MigrationError(f"{name} was applied to the database, but its file is gone")
        if known[number].checksum != checksum:
            raise MigrationError(f"{name} was changed after it was applied; write a new migration instead")
    missing = [file for file in files if file.number not in applied]
    if missing and missing[0].number < newest:
        raise MigrationError(
            f"{missing[0].name} has a lower number than {applied[newest][0]}, already applied"
        )
    return missing
