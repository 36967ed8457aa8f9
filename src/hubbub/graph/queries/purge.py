"""Deleting every edge of an account, a bounded number at a time."""

from datetime import datetime

from hubbub.graph.queries.edges import Pair
from hubbub.platform.db import Tx


async def delete_follows_of(tx: Tx, *, account_id: int, at_most: int) -> list[Pair]:
    rows = await tx.fetch(
        """
        DELETE FROM follows
        WHERE (follower_id, followee_id) IN (
            (SELECT follower_id, followee_id FROM follows WHERE follower_id = $1 LIMIT $2)
            UNION ALL
            (SELECT follower_id, followee_id FROM follows WHERE followee_id = $1 LIMIT $2)
        )
        RETURNING follower_id, followee_id
        """,
        account_id,
        at_most,
    )
    return [Pair(row["follower_id"], row["followee_id"]) for row in rows]


async def delete_requests_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    """How many there were, up to twice `at_most`; so for the others below."""
    status = await tx.execute(
        """
        DELETE FROM follow_requests
        WHERE (followee_id, requester_id) IN (
            (SELECT followee_id, requester_id FROM follow_requests WHERE requester_id = $1 LIMIT $2)
            UNION ALL
            (SELECT followee_id, requester_id FROM follow_requests WHERE followee_id = $1 LIMIT $2)
        )
        """,
        account_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_blocks_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM blocks
        WHERE (blocker_id, blocked_id) IN (
            (SELECT blocker_id, blocked_id FROM blocks WHERE blocker_id = $1 LIMIT $2)
            UNION ALL
            (SELECT blocker_id, blocked_id FROM blocks WHERE blocked_id = $1 LIMIT $2)
        )
        """,
        account_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_mutes_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM mutes
        WHERE (muter_id, muted_id) IN (
            (SELECT muter_id, muted_id FROM mutes WHERE muter_id = $1 LIMIT $2)
            UNION ALL
            (SELECT muter_id, muted_id FROM mutes WHERE muted_id = $1 LIMIT $2)
        )
        """,
        account_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_expired_mutes(tx: Tx, *, at: datetime, at_most: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM mutes
        WHERE (muter_id, muted_id) IN (
            SELECT muter_id, muted_id FROM mutes WHERE expires_at <= $1 LIMIT $2
        )
        AND expires_at <= $1
        """,
        at,
        at_most,
    )
    return int(status.rpartition(" ")[2])
