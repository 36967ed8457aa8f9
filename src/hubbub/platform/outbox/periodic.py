"""Jobs run every so often, each by one worker at a time, whichever is there."""

import asyncio
import logging

from hubbub.errors import Unavailable
from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.reactions import Periodic

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 10.0
# A claim outlives its job's time limit by this much, so that two never run at once.
MARGIN_SECONDS = 5.0


async def run_periodically(
    db: Database, job: Periodic, metrics: OutboxMetrics, is_stopping: asyncio.Event
) -> None:
    """Until stopping. An error is counted and the job tried again when it is next due."""
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
    """None when the job is not due, or another worker is at it."""
    async with db.connection() as tx:
        await _insert_job(tx, name=job.name)
        claim_seconds = job.within_seconds + MARGIN_SECONDS
        if not await _claim(tx, name=job.name, for_seconds=claim_seconds):
            return None
    try:
        async with asyncio.timeout(job.within_seconds):
            await job.run(db)
    finally:
        async with db.connection() as tx:
            await _set_due(tx, name=job.name, in_seconds=job.every_seconds)
    return "done"


async def _wait(is_stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await is_stopping.wait()
    except TimeoutError:
        pass


async def _insert_job(tx: Tx, *, name: str) -> None:
    await tx.execute(
        "INSERT INTO periodic_jobs (name, due_at) VALUES ($1, now()) ON CONFLICT (name) DO NOTHING", name
    )


async def _claim(tx: Tx, *, name: str, for_seconds: float) -> bool:
    return bool(
        await tx.fetchval(
            """
            UPDATE periodic_jobs SET due_at = now() + make_interval(secs => $2)
            WHERE name = $1 AND due_at <= now()
            RETURNING true
            """,
            name,
            for_seconds,
        )
    )


async def _set_due(tx: Tx, *, name: str, in_seconds: float) -> None:
    await tx.execute(
        "UPDATE periodic_jobs SET due_at = now() + make_interval(secs => $2) WHERE name = $1",
        name,
        in_seconds,
    )
