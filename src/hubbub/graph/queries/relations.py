"""How one account stands to many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class RelationRow:
    kind: str
    account_id: int
    scope: str | None
    expires_at: datetime | None


async def select_relations(
    tx: Tx, *, viewer_id: int, account_ids: Sequence[int], at: datetime
) -> list[RelationRow]:
    """Uncorrelated parts, each for the shard of its own key. Who blocks the viewer is not told."""
    rows = await tx.fetch(
        """
        SELECT 'following' AS kind, followee_id AS account_id, NULL::text AS scope,
            NULL::timestamptz AS expires_at
        FROM follows WHERE follower_id = $1 AND followee_id = ANY($2::bigint[])
        UNION ALL
        SELECT 'followed_by', follower_id, NULL, NULL
        FROM follows WHERE followee_id = $1 AND follower_id = ANY($2::bigint[])
        UNION ALL
        SELECT 'requested', followee_id, NULL, NULL
        FROM follow_requests WHERE requester_id = $1 AND followee_id = ANY($2::bigint[])
        UNION ALL
        SELECT 'requested_by', requester_id, NULL, NULL
        FROM follow_requests WHERE followee_id = $1 AND requester_id = ANY($2::bigint[])
        UNION ALL
        SELECT 'blocking', blocked_id, NULL, NULL
        FROM blocks WHERE blocker_id = $1 AND blocked_id = ANY($2::bigint[])
        UNION ALL
        SELECT 'muting', muted_id, scope, expires_at
        FROM mutes WHERE muter_id = $1 AND muted_id = ANY($2::bigint[])
            AND (expires_at IS NULL OR expires_at > $3)
        """,
        viewer_id,
        account_ids,
        at,
    )
    return [RelationRow(**row) for row in rows]


async def select_relations_and_outgoing(
    tx: Tx, *, viewer_id: int, account_id: int, at: datetime, at_most: int
) -> tuple[list[RelationRow], int]:
    """Relations to one account as above, and how much the viewer follows and has asked, up to the bound."""
    rows = await tx.fetch(
        """
        SELECT 'following' AS kind, followee_id AS account_id, NULL::text AS scope,
            NULL::timestamptz AS expires_at
        FROM follows WHERE follower_id = $1 AND followee_id = $2
        UNION ALL
        SELECT 'followed_by', follower_id, NULL, NULL
        FROM follows WHERE followee_id = $1 AND follower_id = $2
        UNION ALL
        SELECT 'requested', followee_id, NULL, NULL
        FROM follow_requests WHERE requester_id = $1 AND followee_id = $2
        UNION ALL
        SELECT 'requested_by', requester_id, NULL, NULL
        FROM follow_requests WHERE followee_id = $1 AND requester_id = $2
        UNION ALL
        SELECT 'blocking', blocked_id, NULL, NULL
        FROM blocks WHERE blocker_id = $1 AND blocked_id = $2
        UNION ALL
        SELECT 'muting', muted_id, scope, expires_at
        FROM mutes WHERE muter_id = $1 AND muted_id = $2 AND (expires_at IS NULL OR expires_at > $3)
        UNION ALL
        SELECT 'outgoing', count(*), NULL, NULL FROM (
            (SELECT followee_id FROM follows WHERE follower_id = $1 LIMIT $4)
            UNION ALL
            (SELECT followee_id FROM follow_requests WHERE requester_id = $1 LIMIT $4)
        ) AS outgoing
        """,
        viewer_id,
        account_id,
        at,
        at_most,
    )
    relations = [RelationRow(**row) for row in rows if row["kind"] != "outgoing"]
    return relations, sum(row["account_id"] for row in rows if row["kind"] == "outgoing")
