import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hubbub.platform.counters import CountKind, add_counts, select_counts
from hubbub.platform.db import Database
from tests.events.samples import until

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def hubbub_work(
    database_url: str, valkey_url: str, data_dir: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    settings = {
        "PYTHONPATH": str(ROOT / "src"),
        "HUBBUB_DATABASE_URL": database_url,
        "HUBBUB_VALKEY_URL": valkey_url,
        "HUBBUB_DATA_DIR": str(data_dir),
        "HUBBUB_SECRET_KEY": "0123456789abcdef" * 4,
        "HUBBUB_METRICS_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hubbub", "work", env=own | settings, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_folds_counts_leases_a_number_and_leaves_in_order(
    database_url: str, valkey_url: str, db: Database, tmp_path: Path
) -> None:
    async with db.transaction() as tx:
        await add_counts(tx, [(1, CountKind.LIKES, 3)])

    async def value(sql: str) -> int:
        async with db.connection() as tx:
            return int(await tx.fetchval(sql))

    async def is_folded() -> bool:
        return await value("SELECT count(*) FROM count_deltas") == 0

    async with hubbub_work(database_url, valkey_url, tmp_path) as process:
        await until(is_folded, seconds=20)
        leases_at_work = await value("SELECT count(*) FROM id_workers WHERE holder <> ''")
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 10)
        assert process.stderr is not None
        errors = (await process.stderr.read()).decode()
    async with db.connection() as tx:
        counts = await select_counts(tx, [1])

    assert counts[1][CountKind.LIKES] == 3
    assert leases_at_work == 1
    assert await value("SELECT count(*) FROM id_workers WHERE holder <> ''") == 0
    assert (code, "Traceback" in errors) == (0, False), errors
