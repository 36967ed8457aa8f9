"""A worker in a process of its own, for tests that kill it: python -m tests.events.worker_process URL."""

import asyncio
import sys

from hubbub.platform.db import open_database
from hubbub.platform.outbox import OutboxWorker
from tests.events.samples import quiet_metrics, recording


async def main(url: str) -> None:
    db = await open_database(url)
    await OutboxWorker(db, recording(), metrics=quiet_metrics()).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
