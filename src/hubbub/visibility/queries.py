"""The only SQL outside their slices that reads accounts, follows, blocks and mutes: one statement for all."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hubbub.platform.db import Tx


class FactRow(NamedTuple):
    fact: str
    account_id: int
    text: str | None
    flag: bool | None
    version: int | None


async def select_facts(tx: Tx, *, viewer_id: int, account_ids: Sequence[int], at: datetime) -> list[FactRow]:
    """Uncorrelated parts, so that each goes to the shard of its own key."""
    rows = await tx.fetch(
        """
        SELECT 'account' AS fact, id AS account_id, state AS text, is_private AS flag, version
        FROM accounts WHERE id = ANY($2)
        UNION ALL
        SELECT 'follows', followee_id, NULL, NULL, NULL
        FROM follows WHERE follower_id = $1 AND followee_id = ANY($2)
        UNION ALL
        SELECT 'followed_by', follower_id, NULL, NULL, NULL
        FROM follows WHERE followee_id = $1 AND follower_id = ANY($2)
        UNION ALL
        SELECT 'blocks', blocked_id, NULL, NULL, NULL
        FROM blocks WHERE blocker_id = $1 AND blocked_id = ANY($2)
        UNION ALL
        SELECT 'blocked_by', blocker_id, NULL, NULL, NULL
        FROM blocks WHERE blocked_id = $1 AND blocker_id = ANY($2)
        UNION ALL
        SELECT 'mutes', muted_id, scope, NULL, NULL
        FROM mutes WHERE muter_id = $1 AND muted_id = ANY($2) AND (expires_at IS NULL OR expires_at > $3)
        """,
        viewer_id,
        account_ids,
        at,
    )
    return [FactRow(*row) for row in rows]


async def select_facts_of_many(
    tx: Tx,
    *,
    viewer_ids: Sequence[int],
    account_ids: Sequence[int],
    everybody: Sequence[int],
    at: datetime,
) -> list[tuple[int, FactRow]]:
    """The same for pairs, with whose view each fact is of; those about accounts themselves are nobody's."""
    rows = await tx.fetch(
        """
        WITH asked (viewer_id, account_id) AS MATERIALIZED (
            SELECT * FROM unnest($1::bigint[], $2::bigint[])
        )
        SELECT 0::bigint AS viewer_id, 'account' AS fact, id AS account_id, state AS text, is_private AS flag,
            version
        FROM accounts WHERE id = ANY($3)
        UNION ALL
        SELECT asked.viewer_id, 'follows', asked.account_id, NULL, NULL, NULL
        FROM asked JOIN follows ON follower_id = asked.viewer_id AND followee_id = asked.account_id
        UNION ALL
        SELECT asked.viewer_id, 'followed_by', asked.account_id, NULL, NULL, NULL
        FROM asked JOIN follows ON follower_id = asked.account_id AND followee_id = asked.viewer_id
        UNION ALL
        SELECT asked.viewer_id, 'blocks', asked.account_id, NULL, NULL, NULL
        FROM asked JOIN blocks ON blocker_id = asked.viewer_id AND blocked_id = asked.account_id
        UNION ALL
        SELECT asked.viewer_id, 'blocked_by', asked.account_id, NULL, NULL, NULL
        FROM asked JOIN blocks ON blocker_id = asked.account_id AND blocked_id = asked.viewer_id
        UNION ALL
        SELECT asked.viewer_id, 'mutes', asked.account_id, scope, NULL, NULL
        FROM asked JOIN mutes ON muter_id = asked.viewer_id AND muted_id = asked.account_id
        WHERE expires_at IS NULL OR expires_at > $4
        """,
        viewer_ids,
        account_ids,
        everybody,
        at,
    )
    return [(row[0], FactRow(*row[1:])) for row in map(tuple, rows)]


async def select_accounts_only(tx: Tx, account_ids: Sequence[int]) -> list[FactRow]:
    """For a viewer who is nobody: no relations to ask for."""
    rows = await tx.fetch(
        """
        SELECT 'account' AS fact, id AS account_id, state AS text, is_private AS flag, version
        FROM accounts WHERE id = ANY($1)
        """,
        account_ids,
    )
    return [FactRow(*row) for row in rows]


async def select_viewer(
    tx: Tx, *, viewer_id: int, at: datetime, limit: int, limit_to_viewer: int
) -> list[tuple[str, int, str | None, datetime | None]]:
    """(kind, account_id, scope and end of a mute): all of a viewer's relations, at most `limit` of each.

    Of what others decide, followers and requests, at most `limit_to_viewer`.
    """
    rows = await tx.fetch(
        """
        (SELECT 'follows' AS kind, followee_id AS account_id, NULL AS scope, NULL::timestamptz AS ends_at
         FROM follows WHERE follower_id = $1 LIMIT $3)
        UNION ALL
        (SELECT 'blocks', blocked_id, NULL, NULL FROM blocks WHERE blocker_id = $1 LIMIT $3)
        UNION ALL
        (SELECT 'blocked_by', blocker_id, NULL, NULL FROM blocks WHERE blocked_id = $1 LIMIT $3)
        UNION ALL
        (SELECT 'mutes', muted_id, scope, expires_at FROM mutes
         WHERE muter_id = $1 AND (expires_at IS NULL OR expires_at > $2) LIMIT $3)
        UNION ALL
        (SELECT 'followed_by', follower_id, NULL, NULL FROM follows WHERE followee_id = $1 LIMIT $4)
        UNION ALL
        (SELECT 'requested', followee_id, NULL, NULL FROM follow_requests WHERE requester_id = $1 LIMIT $4)
        UNION ALL
        (SELECT 'requested_by', requester_id, NULL, NULL
         FROM follow_requests WHERE followee_id = $1 LIMIT $4)
        """,
        viewer_id,
        at,
        limit,
        limit_to_viewer,
    )
    return [tuple(row) for row in rows]
