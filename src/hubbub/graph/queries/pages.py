"""Pages of people, newest edge first. Of each pair of parts the planner drops the one that does not apply."""

from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx
from hubbub.platform.paging import Window


@dataclass(frozen=True, slots=True)
class Edge:
    """Somebody on the other end; `id` is when, and the position of the scan."""

    id: int
    account_id: int


async def select_followers(tx: Tx, *, account_id: int, window: Window) -> list[Edge]:
    """Walks follows_followee_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, follower_id AS account_id FROM follows
         WHERE followee_id = $1 AND NOT $4 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, follower_id FROM follows
         WHERE followee_id = $1 AND $4 AND id > $2 ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Edge(**row) for row in rows]


async def select_followees(tx: Tx, *, account_id: int, window: Window) -> list[Edge]:
    """Sorts what follows_pkey finds, which the limit of follows keeps within some milliseconds."""
    rows = await tx.fetch(
        """
        (SELECT id, followee_id AS account_id FROM follows
         WHERE follower_id = $1 AND NOT $4 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, followee_id FROM follows
         WHERE follower_id = $1 AND $4 AND id > $2 ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Edge(**row) for row in rows]


async def select_requesters(tx: Tx, *, account_id: int, window: Window) -> list[Edge]:
    """Walks follow_requests_followee_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, requester_id AS account_id FROM follow_requests
         WHERE followee_id = $1 AND NOT $4 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, requester_id FROM follow_requests
         WHERE followee_id = $1 AND $4 AND id > $2 ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Edge(**row) for row in rows]


async def select_blocked(tx: Tx, *, account_id: int, window: Window) -> list[Edge]:
    """Walks blocks_blocker_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, blocked_id AS account_id FROM blocks
         WHERE blocker_id = $1 AND NOT $4 AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, blocked_id FROM blocks
         WHERE blocker_id = $1 AND $4 AND id > $2 ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Edge(**row) for row in rows]


async def select_muted(tx: Tx, *, account_id: int, window: Window, at: datetime) -> list[Edge]:
    """Walks mutes_muter_idx; what has run out by `at` is passed over."""
    rows = await tx.fetch(
        """
        (SELECT id, muted_id AS account_id FROM mutes
         WHERE muter_id = $1 AND NOT $4 AND id < $2 AND (expires_at IS NULL OR expires_at > $5)
         ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, muted_id FROM mutes
         WHERE muter_id = $1 AND $4 AND id > $2 AND (expires_at IS NULL OR expires_at > $5)
         ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
        at,
    )
    return [Edge(**row) for row in rows]
