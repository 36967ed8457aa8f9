"""Jobs run every so often, each by one worker at a time, whichever is there."""

import asyncio
import logging

from hubbub.errors import Unavailable
from hubbub.platform.db import Database
from hubbub.platform.outbox import job_queries as queries
from hubbub.platform.outbox.batches import describe
from hubbub.platform.outbox.job_queries import Job
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.reactions import Periodic

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 10.0
# A claim outlives its job's time limit by this much, so that two never run at once.
MARGIN_SECONDS = 5.0
# A job that failed is tried again after this long, then after twice as long, and so on up to its interval.
FIRST_RETRY_SECONDS = 15.0


async def run_periodically(
    db: Database, job: Periodic, metrics: OutboxMetrics, is_stopping: asyncio.Event
) -> None:
    """Until stopping. A failure is counted and kept for operators, and the job tried again after a while."""
    while not is_stopping.is_set():
        try:
            outcome = await run_if_due(db, job)
        except Exception as error:
            outcome = "failed"
            if not isinstance(error, Unavailable):
                log.exception("periodic job %s failed", job.name)
        if outcome is not None:
            metrics.jobs.labels(job.name, outcome).inc()
        await _wait(is_stopping, min(job.every_seconds, LONGEST_WAIT_SECONDS))


async def run_if_due(db: Database, job: Periodic) -> str | None:
    """None when the job is not due, or another worker is at it. When a worker dies, its claim expires."""
    async with db.connection() as tx:
        failures = await queries.claim_job(tx, name=job.name, for_seconds=job.within_seconds + MARGIN_SECONDS)
    if failures is None:
        return None
    try:
        async with asyncio.timeout(job.within_seconds):
            await job.run(db)
    except Exception as error:
        wait = min(FIRST_RETRY_SECONDS * 2**failures, job.every_seconds)
        async with db.connection() as tx:
            await queries.update_as_failed(tx, name=job.name, error=describe(error), in_seconds=wait)
        raise
    async with db.connection() as tx:
        await queries.update_as_done(tx, name=job.name, in_seconds=job.every_seconds)
    return "done"


async def list_jobs(db: Database) -> list[Job]:
    """How every job that was ever due fares; those that fail first."""
    async with db.connection() as tx:
        return await queries.select_jobs(tx)


async def _wait(is_stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await is_stopping.wait()
    except TimeoutError:
        pass
