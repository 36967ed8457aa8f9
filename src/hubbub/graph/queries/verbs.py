"""A follow made or ended with all that goes with it, each in one statement. The caller holds the pair."""

from collections.abc import Sequence

from hubbub.graph.queries.edges import Pair
from hubbub.platform.db import Tx
from hubbub.platform.outbox import NewRows


async def insert_follow(tx: Tx, pair: Pair, *, id_: int, announced: NewRows) -> bool:
    """With its counts and events, in place of a request; False, and nothing of these, when it was there."""
    return bool(
        await tx.fetchval(
            """
            WITH answered AS (
                DELETE FROM follow_requests WHERE followee_id = $2 AND requester_id = $1
            ), made AS (
                INSERT INTO follows (follower_id, followee_id, id) VALUES ($1, $2, $3)
                ON CONFLICT (follower_id, followee_id) DO NOTHING
                RETURNING follower_id, followee_id
            ), counted AS (
                INSERT INTO count_deltas (subject_id, kind, delta)
                SELECT follower_id, 6, 1 FROM made UNION ALL SELECT followee_id, 5, 1 FROM made
            ), announced AS (
                INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
                SELECT lane, consumer, new.id, kind, body::jsonb, now()
                FROM made
                CROSS JOIN unnest($4::smallint[], $5::text[], $6::bigint[], $7::text[], $8::text[])
                    AS new (lane, consumer, id, kind, body)
            )
            SELECT true FROM made
            """,
            *pair,
            id_,
            *announced,
        )
    )


async def delete_follow_or_request(
    tx: Tx, pair: Pair, *, announced: NewRows, are_of_follow: Sequence[bool]
) -> tuple[bool, bool]:
    """Whether there was a follow, and a request. `are_of_follow` tells of which each outbox row speaks."""
    row = await tx.fetchrow(
        """
        WITH gone AS (
            DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2
            RETURNING follower_id, followee_id, true AS is_follow
        ), withdrawn AS (
            DELETE FROM follow_requests WHERE followee_id = $2 AND requester_id = $1
            RETURNING false AS is_follow
        ), counted AS (
            INSERT INTO count_deltas (subject_id, kind, delta)
            SELECT follower_id, 6, -1 FROM gone UNION ALL SELECT followee_id, 5, -1 FROM gone
        ), announced AS (
            INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
            SELECT lane, consumer, id, kind, body::jsonb, now()
            FROM (SELECT is_follow FROM gone UNION ALL SELECT is_follow FROM withdrawn) AS ended
            JOIN unnest($3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::boolean[])
                AS new (lane, consumer, id, kind, body, is_follow) USING (is_follow)
        )
        SELECT (SELECT count(*) FROM gone) AS follows, (SELECT count(*) FROM withdrawn) AS requests
        """,
        *pair,
        *announced,
        are_of_follow,
    )
    return (row["follows"] > 0, row["requests"] > 0) if row is not None else (False, False)
