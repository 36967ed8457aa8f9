import asyncio
from pathlib import Path

import asyncpg
import pytest

from hubbub.platform.db import open_database
from hubbub.platform.migrations import FOLDER, MigrationError, migrate, pending, read_folder


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")
    finally:
        await connection.close()
    return {row["relname"] for row in rows}


async def test_a_new_database_gets_every_file_once(empty_database_url: str) -> None:
    seen: list[tuple[str, int, int]] = []

    names = await migrate(empty_database_url, lambda *step: seen.append(step))
    again = await migrate(empty_database_url)

    assert names == [file.name for file in read_folder(FOLDER)]
    assert again == []
    assert seen[-1] == (names[-1], len(names), len(names))
    assert {"outbox", "accounts", "posts"} <= await tables(empty_database_url)


async def test_five_processes_starting_at_once_apply_each_file_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    write(tmp_path, m0001_a="CREATE TABLE a (x int); SELECT pg_sleep(0.1)", m0002_b="CREATE TABLE b (x int)")

    results = await asyncio.gather(*(migrate(empty_database_url, folder=tmp_path) for _ in range(5)))

    assert sorted(map(len, results)) == [0, 0, 0, 0, 2]


async def test_a_failing_file_leaves_nothing_behind(empty_database_url: str, tmp_path: Path) -> None:
    write(tmp_path, m0001_a="CREATE TABLE a (x int)", m0002_b="CREATE TABLE b (x int); SELECT 1 / 0")

    with pytest.raises(MigrationError, match="0002_b: division by zero"):
        await migrate(empty_database_url, folder=tmp_path)

    assert "b" not in await tables(empty_database_url)
    assert "a" in await tables(empty_database_url)


async def test_a_file_changed_after_it_was_applied_is_refused(
    empty_database_url: str, tmp_path: Path
) -> None:
    await migrate(empty_database_url, folder=write(tmp_path, m0001_a="CREATE TABLE a (x int)"))
    write(tmp_path, m0001_a="CREATE TABLE a (x bigint)", m0002_b="CREATE TABLE b (x int)")

    with pytest.raises(MigrationError, match="0001_a was changed after it was applied"):
        await migrate(empty_database_url, folder=tmp_path)

    assert "b" not in await tables(empty_database_url)


async def test_a_database_newer_than_the_code_is_refused(empty_database_url: str, tmp_path: Path) -> None:
    await migrate(empty_database_url, folder=write(tmp_path, m0001_a="SELECT 1", m0002_b="SELECT 1"))
    (tmp_path / "0002_b.sql").unlink()

    with pytest.raises(MigrationError, match="newer than this code: 0002_b"):
        await migrate(empty_database_url, folder=tmp_path)


async def test_a_number_below_the_newest_is_refused(empty_database_url: str, tmp_path: Path) -> None:
    await migrate(empty_database_url, folder=write(tmp_path, m0002_b="SELECT 1"))

    with pytest.raises(MigrationError, match="0001_a has a lower number"):
        await migrate(empty_database_url, folder=write(tmp_path, m0001_a="SELECT 1"))


async def test_two_files_with_one_number_are_refused(tmp_path: Path) -> None:
    write(tmp_path, m0001_a="SELECT 1", m0001_b="SELECT 1")

    with pytest.raises(MigrationError, match="number 0001"):
        read_folder(tmp_path)


async def test_an_index_can_be_built_concurrently(empty_database_url: str, tmp_path: Path) -> None:
    statements = [
        "-- no transaction",
        "CREATE INDEX CONCURRENTLY i ON a (x);",
        "CREATE INDEX CONCURRENTLY j ON a (x);",
    ]
    write(tmp_path, m0001_a="CREATE TABLE a (x int)", m0002_i="\n".join(statements))

    assert await migrate(empty_database_url, folder=tmp_path) == ["0001_a", "0002_i"]
    assert await migrate(empty_database_url, folder=tmp_path) == []


async def test_a_busy_table_is_waited_for_without_stopping_its_readers(
    empty_database_url: str, tmp_path: Path
) -> None:
    await migrate(empty_database_url, folder=write(tmp_path, m0001_a="CREATE TABLE a (x int)"))
    write(tmp_path, m0002_b="ALTER TABLE a ADD COLUMN y int")
    long_reader = await asyncpg.connect(empty_database_url)
    reader = await asyncpg.connect(empty_database_url)
    await long_reader.execute("BEGIN; SELECT 1 FROM a")
    migration = asyncio.create_task(migrate(empty_database_url, folder=tmp_path))

    await _until_something_waits(reader)
    await reader.execute("SELECT 1 FROM a", timeout=3)  # it queues behind the migration's first try, of 2 s
    still_waiting = not migration.done()
    await long_reader.close()
    await reader.close()

    assert still_waiting
    assert await migration == ["0002_b"]


async def _until_something_waits(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    async with asyncio.timeout(5):
        while not await connection.fetchval("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_pending_names_what_is_missing(empty_database_url: str, tmp_path: Path) -> None:
    write(tmp_path, m0001_a="SELECT 1", m0002_b="SELECT 1")
    db = await open_database(empty_database_url)

    before = await pending(db, folder=tmp_path)
    await migrate(empty_database_url, folder=tmp_path)
    after = await pending(db, folder=tmp_path)
    await db.close()

    assert before == ["0001_a", "0002_b"]
    assert after == []
