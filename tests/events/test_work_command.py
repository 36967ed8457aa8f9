import asyncio
import signal
from pathlib import Path

from hubbub.platform.counters import CountKind, add_counts, select_counts
from hubbub.platform.db import Database
from tests.events.processes import running
from tests.events.samples import until
from tests.support.world import settings_for


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

    async with running("work", settings_for(database_url, valkey_url, tmp_path)) as worker:
        await until(is_folded, seconds=20)
        leases_at_work = await value("SELECT count(*) FROM id_workers WHERE holder <> ''")
        worker.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(worker.process.wait(), 10)
        errors = await worker.kill()
    async with db.connection() as tx:
        counts = await select_counts(tx, [1])

    assert counts[1][CountKind.LIKES] == 3
    assert leases_at_work == 1
    assert await value("SELECT count(*) FROM id_workers WHERE holder <> ''") == 0
    assert (code, "Traceback" in errors) == (0, False), errors
