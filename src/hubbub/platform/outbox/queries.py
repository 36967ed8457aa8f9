"""SQL of the outbox. One function, one statement."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.platform.db import Tx


class NewRows(NamedTuple):
    """Columns of rows that go into the outbox together, for `unnest`."""

    lanes: list[int]
    consumers: list[str]
    ids: list[int]
    kinds: list[str]
    bodies: list[str]


class Row(NamedTuple):
    """An event taken off the outbox, or about to be."""

    id: int
    kind: str
    body: str
    attempts: int
    deaths: int
    """Tries since the last one that a worker survived."""


class Wanted(NamedTuple):
    """What a round looks for: events that are due, of these kinds, in lanes that nobody has."""

    consumer: str
    lanes: Sequence[int]
    """In the order of preference."""
    kinds: Sequence[str]
    at_most: int
    """As many lanes."""
    limit: int
    """As many events, shared evenly among the lanes; one of each lane at least."""
    is_durable: bool = False
    """Its commit waits for the disk."""


async def insert_events(tx: Tx, new: NewRows) -> None:
    await tx.execute(
        """
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        SELECT lane, consumer, id, kind, body::jsonb, now()
        FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[])
            AS new (lane, consumer, id, kind, body)
        """,
        *new,
    )


async def insert_events_and_counts(
    tx: Tx, new: NewRows, *, subject_ids: Sequence[int], kinds: Sequence[int], deltas: Sequence[int]
) -> None:
    await tx.execute(
        """
        WITH counted AS (
            INSERT INTO count_deltas (subject_id, kind, delta)
            SELECT subject_id, kind, delta
            FROM unnest($6::bigint[], $7::smallint[], $8::integer[]) AS counts (subject_id, kind, delta)
        )
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        SELECT lane, consumer, id, kind, body::jsonb, now()
        FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[])
            AS new (lane, consumer, id, kind, body)
        """,
        *new,
        subject_ids,
        kinds,
        deltas,
    )


async def insert_lanes(tx: Tx, *, lanes: int, consumers: Sequence[str]) -> None:
    await tx.execute(
        """
        INSERT INTO outbox_lanes (lane, consumer)
        SELECT lane, consumer
        FROM generate_series(0, $1::integer - 1) AS lane, unnest($2::text[]) AS consumer
        ON CONFLICT (lane, consumer) DO NOTHING
        """,
        lanes,
        consumers,
    )


async def select_due_lanes(
    tx: Tx, *, consumers: Sequence[str], kinds: Sequence[str]
) -> list[tuple[str, int, bool]]:
    """(consumer, lane, whether it has strikes) with something to do: one probe of the primary key for each.

    A subquery with LIMIT, as EXISTS would become a join that reads the whole outbox.
    """
    rows = await tx.fetch(
        """
        SELECT consumer, lane, strikes > 0 AS has_strikes
        FROM outbox_lanes
        WHERE consumer = ANY($1::text[]) AND (
            SELECT true FROM outbox
            WHERE outbox.lane = outbox_lanes.lane AND outbox.consumer = outbox_lanes.consumer
                AND kind = ANY($2::text[]) AND not_before <= now()
            ORDER BY id
            LIMIT 1
        )
        """,
        consumers,
        kinds,
    )
    return [(row["consumer"], row["lane"], row["has_strikes"]) for row in rows]


async def lock_lane(tx: Tx, *, lane: int, consumer: str) -> int | None:
    """Its strikes, or None while somebody else has it."""
    strikes: int | None = await tx.fetchval(
        "SELECT strikes FROM outbox_lanes WHERE lane = $1 AND consumer = $2 FOR UPDATE SKIP LOCKED",
        lane,
        consumer,
    )
    return strikes


async def update_strikes(tx: Tx, *, lane: int, consumer: str) -> int | None:
    """How many there are now, or None while somebody else has the lane.

    Not waited for to reach the disk: a strike lost in a crash of the database only delays a suspicion.
    """
    strikes: int | None = await tx.fetchval(
        """
        WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
        free AS MATERIALIZED (
            SELECT lane, consumer FROM outbox_lanes
            WHERE lane = $1 AND consumer = $2
            FOR UPDATE SKIP LOCKED
        )
        UPDATE outbox_lanes SET strikes = least(strikes + 1, 1000)
        FROM free, quickly
        WHERE outbox_lanes.lane = $1 AND outbox_lanes.consumer = $2
        RETURNING strikes
        """,
        lane,
        consumer,
    )
    return strikes


async def update_strikes_of_due(tx: Tx, wanted: Wanted) -> dict[int, int]:
    """A strike for each lane that the round would take; how many each has now."""
    rows = await tx.fetch(
        """
        WITH quickly AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
        free AS MATERIALIZED (
            SELECT lane FROM outbox_lanes
            WHERE consumer = $1 AND lane = ANY($2::smallint[]) AND (
                SELECT true FROM outbox
                WHERE outbox.lane = outbox_lanes.lane AND outbox.consumer = $1
                    AND kind = ANY($3::text[]) AND not_before <= now()
                ORDER BY id
                LIMIT 1
            )
            ORDER BY array_position($2::smallint[], lane)
            LIMIT $4
            FOR UPDATE SKIP LOCKED
        )
        UPDATE outbox_lanes SET strikes = least(strikes + 1, 1000)
        FROM free, quickly
        WHERE outbox_lanes.lane = free.lane AND outbox_lanes.consumer = $1
        RETURNING outbox_lanes.lane, strikes
        """,
        wanted.consumer,
        wanted.lanes,
        wanted.kinds,
        wanted.at_most,
    )
    return {row["lane"]: row["strikes"] for row in rows}


async def update_strikes_to_none(tx: Tx, *, lanes: Sequence[int], consumer: str) -> None:
    """Lanes that somebody else has keep theirs: waiting for them could be a deadlock."""
    await tx.execute(
        """
        UPDATE outbox_lanes SET strikes = 0
        WHERE consumer = $2 AND lane = ANY(ARRAY(
            SELECT lane FROM outbox_lanes
            WHERE lane = ANY($1::smallint[]) AND consumer = $2
            FOR UPDATE SKIP LOCKED
        ))
        """,
        lanes,
        consumer,
    )


async def claim_round(tx: Tx, wanted: Wanted, *, strikes: int) -> list[tuple[int, Row]]:
    """Lock the lanes, delete the oldest events of each, and return them in order, with their lanes.

    Lanes with more strikes are left alone. A lane that another worked between this statement's snapshot
    and its lock shows events that are gone, which the deletion passes by. Unless the round is durable its
    commit need not reach the disk at once: should the database crash, the events come back with all that was
    done about them in it undone.
    """
    rows = await tx.fetch(
        """
        WITH free AS MATERIALIZED (
            SELECT lane FROM outbox_lanes
            WHERE consumer = $1 AND lane = ANY($2::smallint[]) AND strikes <= $4 AND (
                SELECT true FROM outbox
                WHERE outbox.lane = outbox_lanes.lane AND outbox.consumer = $1
                    AND kind = ANY($3::text[]) AND not_before <= now()
                ORDER BY id
                LIMIT 1
            )
            ORDER BY array_position($2::smallint[], lane)
            LIMIT $5
            FOR UPDATE SKIP LOCKED
        )
        DELETE FROM outbox
        WHERE not_before <= now() AND ctid = ANY(ARRAY(
            SELECT oldest.ctid
            FROM free CROSS JOIN LATERAL (
                SELECT outbox.ctid FROM outbox
                WHERE outbox.lane = free.lane AND outbox.consumer = $1
                    AND kind = ANY($3::text[]) AND not_before <= now()
                ORDER BY id
                LIMIT (SELECT greatest($6 / count(*), 1) FROM free)
            ) AS oldest
            WHERE CASE WHEN $7 THEN true ELSE set_config('synchronous_commit', 'off', true) IS NOT NULL END
        ))
        RETURNING id, kind, body, attempts, deaths, lane
        """,
        wanted.consumer,
        wanted.lanes,
        wanted.kinds,
        strikes,
        wanted.at_most,
        wanted.limit,
        wanted.is_durable,
    )
    return sorted(((row["lane"], Row(*tuple(row)[:5])) for row in rows), key=_id_of)


def _id_of(found: tuple[int, Row]) -> int:
    return found[1].id


async def claim_due(tx: Tx, *, lane: int, consumer: str, kinds: Sequence[str], limit: int) -> list[Row]:
    """Delete the oldest that are due, and return them in order."""
    rows = await tx.fetch(
        """
        DELETE FROM outbox
        WHERE lane = $1 AND consumer = $2 AND id = ANY(ARRAY(
            SELECT id FROM outbox
            WHERE lane = $1 AND consumer = $2 AND kind = ANY($3::text[]) AND not_before <= now()
            ORDER BY id
            LIMIT $4
        ))
        RETURNING id, kind, body, attempts, deaths
        """,
        lane,
        consumer,
        kinds,
        limit,
    )
    return sorted(Row(*row) for row in rows)


async def claim_one(tx: Tx, *, lane: int, consumer: str, id_: int) -> Row | None:
    row = await tx.fetchrow(
        """
        DELETE FROM outbox
        WHERE lane = $1 AND consumer = $2 AND id = $3
        RETURNING id, kind, body, attempts, deaths
        """,
        lane,
        consumer,
        id_,
    )
    return Row(*row) if row is not None else None


async def update_oldest_as_tried(
    tx: Tx, *, lane: int, consumer: str, kinds: Sequence[str], longest_seconds: float
) -> Row | None:
    """Count a try of the oldest that is due and put it off by 1, 2, 4 … seconds, before it is tried."""
    row = await tx.fetchrow(
        """
        UPDATE outbox
        SET attempts = attempts + 1,
            deaths = deaths + 1,
            not_before = now() + make_interval(secs => least(power(2, attempts), $4::float8))
        WHERE lane = $1 AND consumer = $2 AND id = (
            SELECT id FROM outbox
            WHERE lane = $1 AND consumer = $2 AND kind = ANY($3::text[]) AND not_before <= now()
            ORDER BY id
            LIMIT 1
        )
        RETURNING id, kind, body, attempts, deaths
        """,
        lane,
        consumer,
        kinds,
        longest_seconds,
    )
    return Row(*row) if row is not None else None


async def update_as_survived(tx: Tx, *, lane: int, consumer: str, id_: int) -> None:
    """The worker outlived the try."""
    await tx.execute(
        "UPDATE outbox SET deaths = 0 WHERE lane = $1 AND consumer = $2 AND id = $3", lane, consumer, id_
    )


async def insert_dead_letter(tx: Tx, *, lane: int, consumer: str, id_: int, error: str) -> None:
    """Move an event to the dead letters."""
    await tx.execute(
        """
        WITH dead AS (
            DELETE FROM outbox
            WHERE lane = $1 AND consumer = $2 AND id = $3
            RETURNING lane, consumer, id, kind, body
        )
        INSERT INTO dead_letters (lane, consumer, id, kind, body, error, died_at)
        SELECT lane, consumer, id, kind, body, $4, now()
        FROM dead
        """,
        lane,
        consumer,
        id_,
        error,
    )


async def select_lags(tx: Tx) -> dict[str, float]:
    """Seconds since the oldest event at the head of a lane became due, by consumer; cheap at any backlog."""
    rows = await tx.fetch(
        """
        SELECT consumer, extract(epoch FROM now() - min(head.not_before))::float8 AS seconds
        FROM outbox_lanes
        LEFT JOIN LATERAL (
            SELECT not_before FROM outbox
            WHERE outbox.lane = outbox_lanes.lane AND outbox.consumer = outbox_lanes.consumer
                AND not_before <= now()
            ORDER BY id
            LIMIT 1
        ) AS head ON true
        GROUP BY consumer
        """
    )
    return {row["consumer"]: max(row["seconds"] or 0.0, 0.0) for row in rows}
