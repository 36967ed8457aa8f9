"""Making and cutting edges."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hubbub.platform.db import Tx


class Pair(NamedTuple):
    follower_id: int
    followee_id: int


async def lock_pairs(tx: Tx, keys: Sequence[int]) -> None:
    """Hold advisory locks until the transaction ends, taken in the order given."""
    await tx.fetch("SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS wanted (key)", keys)


async def insert_follows(tx: Tx, *, pairs: Sequence[Pair], ids: Sequence[int]) -> list[Pair]:
    """The pairs that were not there."""
    rows = await tx.fetch(
        """
        INSERT INTO follows (follower_id, followee_id, id)
        SELECT follower_id, followee_id, id
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS new (follower_id, followee_id, id)
        ON CONFLICT (follower_id, followee_id) DO NOTHING
        RETURNING follower_id, followee_id
        """,
        [pair.follower_id for pair in pairs],
        [pair.followee_id for pair in pairs],
        ids,
    )
    return [Pair(row["follower_id"], row["followee_id"]) for row in rows]


async def delete_follows(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs that were there."""
    rows = await tx.fetch(
        """
        DELETE FROM follows
        WHERE (follower_id, followee_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
        RETURNING follower_id, followee_id
        """,
        [pair.follower_id for pair in pairs],
        [pair.followee_id for pair in pairs],
    )
    return [Pair(row["follower_id"], row["followee_id"]) for row in rows]


async def insert_request(tx: Tx, *, follower_id: int, followee_id: int, id_: int) -> bool:
    status = await tx.execute(
        """
        INSERT INTO follow_requests (followee_id, requester_id, id) VALUES ($1, $2, $3)
        ON CONFLICT (followee_id, requester_id) DO NOTHING
        """,
        followee_id,
        follower_id,
        id_,
    )
    return status == "INSERT 0 1"


async def delete_requests(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs that were there."""
    rows = await tx.fetch(
        """
        DELETE FROM follow_requests
        WHERE (followee_id, requester_id) IN (SELECT * FROM unnest($2::bigint[], $1::bigint[]))
        RETURNING requester_id, followee_id
        """,
        [pair.follower_id for pair in pairs],
        [pair.followee_id for pair in pairs],
    )
    return [Pair(row["requester_id"], row["followee_id"]) for row in rows]


async def select_requests_among(tx: Tx, pairs: Sequence[tuple[int, int]]) -> list[Pair]:
    """Those (requester_id, followee_id) that are requests, on the key of follow_requests."""
    rows = await tx.fetch(
        """
        SELECT requester_id, followee_id FROM follow_requests
        WHERE (followee_id, requester_id) IN (SELECT * FROM unnest($2::bigint[], $1::bigint[]))
        """,
        [requester_id for requester_id, _ in pairs],
        [followee_id for _, followee_id in pairs],
    )
    return [Pair(row["requester_id"], row["followee_id"]) for row in rows]


async def insert_block(tx: Tx, *, blocker_id: int, blocked_id: int, id_: int) -> bool:
    status = await tx.execute(
        """
        INSERT INTO blocks (blocker_id, blocked_id, id) VALUES ($1, $2, $3)
        ON CONFLICT (blocker_id, blocked_id) DO NOTHING
        """,
        blocker_id,
        blocked_id,
        id_,
    )
    return status == "INSERT 0 1"


async def delete_block(tx: Tx, *, blocker_id: int, blocked_id: int) -> bool:
    status = await tx.execute(
        "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2", blocker_id, blocked_id
    )
    return status == "DELETE 1"


async def select_blocked_pairs(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those (blocker_id, blocked_id) that are blocks."""
    rows = await tx.fetch(
        """
        SELECT blocker_id, blocked_id FROM blocks
        WHERE (blocker_id, blocked_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
        """,
        [blocker_id for blocker_id, _ in pairs],
        [blocked_id for _, blocked_id in pairs],
    )
    return {(row["blocker_id"], row["blocked_id"]) for row in rows}


async def upsert_mute(
    tx: Tx, *, muter_id: int, muted_id: int, id_: int, scope: str, expires_at: datetime | None
) -> None:
    await tx.execute(
        """
        INSERT INTO mutes (muter_id, muted_id, id, scope, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (muter_id, muted_id) DO UPDATE
        SET scope = excluded.scope, expires_at = excluded.expires_at
        """,
        muter_id,
        muted_id,
        id_,
        scope,
        expires_at,
    )


async def delete_mute(tx: Tx, *, muter_id: int, muted_id: int) -> bool:
    status = await tx.execute("DELETE FROM mutes WHERE muter_id = $1 AND muted_id = $2", muter_id, muted_id)
    return status == "DELETE 1"
