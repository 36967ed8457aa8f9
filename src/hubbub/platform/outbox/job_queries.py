"""SQL of the periodic jobs. What is lost of it in a crash of the database only lets a job run again."""

from datetime import datetime
from typing import NamedTuple

from hubbub.platform.db import Tx


class Job(NamedTuple):
    name: str
    due_at: datetime
    succeeded_at: datetime | None
    failed_at: datetime | None
    failures: int
    """Since the last success."""
    error: str
    """Of the last failure; kept when the job succeeds again."""


async def claim_job(tx: Tx, *, name: str, for_seconds: float) -> int | None:
    """How often it has failed since its last success; None when it is not due, or is somebody else's.

    Not due, as it mostly is, costs one statement that writes nothing.
    """
    failures: int | None = await tx.fetchval(
        """
        WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
        made AS (
            INSERT INTO periodic_jobs (name, due_at)
            SELECT $1, now() + make_interval(secs => $2)
            WHERE NOT EXISTS (SELECT FROM periodic_jobs WHERE name = $1)
            ON CONFLICT (name) DO NOTHING
            RETURNING failures
        ),
        due AS (
            UPDATE periodic_jobs SET due_at = now() + make_interval(secs => $2)
            WHERE name = $1 AND due_at <= now()
            RETURNING failures
        )
        SELECT failures
        FROM (SELECT failures FROM made UNION ALL SELECT failures FROM due) AS claimed, quickly
        """,
        name,
        for_seconds,
    )
    return failures


async def update_as_done(tx: Tx, *, name: str, in_seconds: float) -> None:
    await tx.execute(
        """
        WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
        UPDATE periodic_jobs
        SET due_at = now() + make_interval(secs => $2), succeeded_at = now(), failures = 0
        FROM quickly
        WHERE name = $1
        """,
        name,
        in_seconds,
    )


async def update_as_failed(tx: Tx, *, name: str, error: str, in_seconds: float) -> None:
    await tx.execute(
        """
        UPDATE periodic_jobs
        SET due_at = now() + make_interval(secs => $3), failed_at = now(), failures = failures + 1, error = $2
        WHERE name = $1
        """,
        name,
        error,
        in_seconds,
    )


async def select_jobs(tx: Tx) -> list[Job]:
    rows = await tx.fetch(
        """
        SELECT name, due_at, succeeded_at, failed_at, failures, error
        FROM periodic_jobs
        ORDER BY failures DESC, name
        """
    )
    return [Job(*row) for row in rows]
