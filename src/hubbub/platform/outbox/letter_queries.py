"""SQL of what operators see. One function, one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from hubbub.platform.db import Tx


class DeadLetter(NamedTuple):
    id: int
    consumer: str
    lane: int
    kind: str
    body: str
    error: str
    died_at: datetime


class Backlog(NamedTuple):
    consumer: str
    pending: int
    lag_seconds: float
    """Age of the oldest event that is due."""
    dead: int
    failing: int = 0
    """Of the pending, those that have failed and are tried again."""


class KindBacklog(NamedTuple):
    consumer: str
    kind: str
    pending: int
    failing: int


class Which(Protocol):
    @property
    def ids(self) -> Sequence[int]: ...
    @property
    def consumers(self) -> Sequence[str]: ...
    @property
    def kinds(self) -> Sequence[str]: ...


async def select_time(tx: Tx) -> datetime:
    time: datetime = await tx.fetchval("SELECT now()")
    return time


async def select_backlogs(tx: Tx) -> list[Backlog]:
    """Counts every row; for people, not for a metric."""
    rows = await tx.fetch(
        """
        SELECT consumer, sum(pending)::bigint AS pending, max(lag)::float8 AS lag,
            sum(dead)::bigint AS dead, sum(failing)::bigint AS failing
        FROM (
            SELECT consumer, count(*) AS pending, 0 AS dead, count(*) FILTER (WHERE attempts > 0) AS failing,
                extract(epoch FROM now() - min(not_before) FILTER (WHERE not_before <= now())) AS lag
            FROM outbox GROUP BY consumer
            UNION ALL
            SELECT consumer, 0, count(*), 0, 0 FROM dead_letters GROUP BY consumer
            UNION ALL
            SELECT DISTINCT consumer, 0, 0, 0, 0 FROM outbox_lanes
        ) AS parts
        GROUP BY consumer
        ORDER BY consumer
        """
    )
    return [
        Backlog(row["consumer"], row["pending"], row["lag"] or 0.0, row["dead"], row["failing"])
        for row in rows
    ]


async def select_kind_backlogs(tx: Tx) -> list[KindBacklog]:
    """What waits, by kind; most first."""
    rows = await tx.fetch(
        """
        SELECT consumer, kind, count(*) AS pending, count(*) FILTER (WHERE attempts > 0) AS failing
        FROM outbox
        GROUP BY consumer, kind
        ORDER BY pending DESC, consumer, kind
        """
    )
    return [KindBacklog(*row) for row in rows]


async def select_dead_letters(
    tx: Tx, which: Which, *, before: tuple[int, str], limit: int
) -> list[DeadLetter]:
    """Newest first."""
    rows = await tx.fetch(
        """
        SELECT id, consumer, lane, kind, body, error, died_at
        FROM dead_letters
        WHERE (id, consumer) < ($1, $2)
            AND (cardinality($3::bigint[]) = 0 OR id = ANY($3::bigint[]))
            AND (cardinality($4::text[]) = 0 OR consumer = ANY($4::text[]))
            AND (cardinality($5::text[]) = 0 OR kind = ANY($5::text[]))
        ORDER BY id DESC, consumer DESC
        LIMIT $6
        """,
        before[0],
        before[1],
        which.ids,
        which.consumers,
        which.kinds,
        limit,
    )
    return [DeadLetter(*row) for row in rows]


async def insert_revived(tx: Tx, which: Which, *, died_until: datetime, limit: int) -> int:
    """Move dead letters back to the outbox, as if never tried."""
    status = await tx.execute(
        """
        WITH revived AS (
            DELETE FROM dead_letters
            WHERE (lane, consumer, id) IN (
                SELECT lane, consumer, id FROM dead_letters
                WHERE died_at <= $4
                    AND (cardinality($1::bigint[]) = 0 OR id = ANY($1::bigint[]))
                    AND (cardinality($2::text[]) = 0 OR consumer = ANY($2::text[]))
                    AND (cardinality($3::text[]) = 0 OR kind = ANY($3::text[]))
                ORDER BY id
                LIMIT $5
            )
            RETURNING lane, consumer, id, kind, body
        )
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        SELECT lane, consumer, id, kind, body, now()
        FROM revived
        """,
        which.ids,
        which.consumers,
        which.kinds,
        died_until,
        limit,
    )
    return int(status.rpartition(" ")[2])


async def delete_dead_letters(tx: Tx, which: Which, *, died_until: datetime) -> int:
    status = await tx.execute(
        """
        DELETE FROM dead_letters
        WHERE died_at <= $4
            AND (cardinality($1::bigint[]) = 0 OR id = ANY($1::bigint[]))
            AND (cardinality($2::text[]) = 0 OR consumer = ANY($2::text[]))
            AND (cardinality($3::text[]) = 0 OR kind = ANY($3::text[]))
        """,
        which.ids,
        which.consumers,
        which.kinds,
        died_until,
    )
    return int(status.rpartition(" ")[2])


async def count_dead_letters(tx: Tx) -> dict[str, int]:
    """By consumer; 0 for one that has none."""
    rows = await tx.fetch(
        """
        SELECT consumer, count(id) AS dead
        FROM (SELECT DISTINCT consumer FROM outbox_lanes) AS consumers
        LEFT JOIN dead_letters USING (consumer)
        GROUP BY consumer
        """
    )
    return {row["consumer"]: row["dead"] for row in rows}
