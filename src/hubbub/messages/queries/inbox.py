"""What an account finds in its inbox, how much of it is new, and how far it has read."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.messages.queries.rows import Conversation, Member, MemberState, Place
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window

MAX_COUNTED = 100
MAX_ABOVE = 1_000
MAX_NEWEST = 100
MAX_LOOKED_AT = 1_000
# Unread is counted up to $3 among the first $4 messages above the watermark; the last message is looked for
# among the newest $5. So the cost does not follow how much was ever written. In a group nobody is shown what
# was written by those whom they block or who block them. What was deleted for oneself is looked up one by one
# in the key: as a join it would be read whole each time, if the plan was made while it was little.
PLACES = """
SELECT c.id, c.is_group, c.name, c.history, c.version, c.members_count, c.last_id,
    m.account_id, m.id AS came_id, m.role, m.state, m.from_id, m.read_id, m.delivered_id,
    m.muted_until, coalesce(p.read_receipts, true) AS has_receipts, unread.number AS unread,
    last.id AS last_message_id
FROM conversation_members m
JOIN conversations c ON c.id = m.conversation_id
LEFT JOIN message_preferences p ON p.account_id = $1
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM (
            SELECT x.id, x.sender_id, x.deleted_at FROM messages x
            WHERE x.conversation_id = m.conversation_id AND x.id > greatest(m.read_id, m.from_id)
            ORDER BY x.id LIMIT $4
        ) AS above
        WHERE above.sender_id <> $1 AND above.deleted_at IS NULL AND m.state = 'member'
            AND above.id <> ALL(ARRAY(
                SELECT h.message_id FROM hidden_messages h
                WHERE h.conversation_id = m.conversation_id AND h.message_id = above.id AND h.account_id = $1
            ))
            AND (NOT c.is_group OR above.sender_id NOT IN (
                SELECT blocked_id FROM blocks WHERE blocker_id = $1
                UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = $1
            ))
        LIMIT $3
    ) AS new
) AS unread
LEFT JOIN LATERAL (
    SELECT newest.id FROM (
        SELECT x.id, x.sender_id FROM messages x
        WHERE x.conversation_id = m.conversation_id AND x.id > m.from_id
        ORDER BY x.id DESC LIMIT $5
    ) AS newest
    WHERE newest.id <> ALL(ARRAY(
            SELECT h.message_id FROM hidden_messages h
            WHERE h.conversation_id = m.conversation_id AND h.message_id = newest.id AND h.account_id = $1
        ))
        AND (NOT c.is_group OR newest.sender_id NOT IN (
            SELECT blocked_id FROM blocks WHERE blocker_id = $1
            UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = $1
        ))
    ORDER BY newest.id DESC LIMIT 1
) AS last ON true
WHERE m.account_id = $1 AND m.conversation_id = ANY($2::bigint[])
    AND m.state IN ('member', 'requested')
"""


class Listed(NamedTuple):
    activity_id: int
    conversation_id: int


async def select_inbox(tx: Tx, *, account_id: int, state: MemberState, window: Window) -> list[Listed]:
    """Walks conversation_members_inbox_idx."""
    rows = await tx.fetch(
        """
        (SELECT activity_id, conversation_id FROM conversation_members
         WHERE account_id = $1 AND state = $5 AND NOT $4 AND activity_id < $2 AND activity_id > 0
         ORDER BY activity_id DESC LIMIT $3)
        UNION ALL
        (SELECT activity_id, conversation_id FROM conversation_members
         WHERE account_id = $1 AND state = $5 AND $4 AND activity_id > $2
         ORDER BY activity_id LIMIT $3)
        """,
        account_id,
        window.position,
        window.limit,
        window.is_back,
        state,
    )
    return [Listed(*row) for row in rows]


async def select_places(tx: Tx, *, account_id: int, conversation_ids: Sequence[int]) -> list[Place]:
    """Of a member, or of whoever is asked to be one; others are left out."""
    rows = await tx.fetch(PLACES, account_id, conversation_ids, MAX_COUNTED, MAX_ABOVE, MAX_NEWEST)
    return [
        Place(
            Conversation(
                row["id"],
                row["is_group"],
                row["name"],
                row["history"],
                row["version"],
                row["members_count"],
                row["last_id"],
            ),
            Member(
                row["account_id"],
                row["came_id"],
                row["role"],
                row["state"],
                row["from_id"],
                row["read_id"],
                row["delivered_id"],
            ),
            muted_until=row["muted_until"],
            has_receipts=row["has_receipts"],
            unread=row["unread"],
            last_message_id=row["last_message_id"],
        )
        for row in rows
    ]


async def count_unread_conversations(tx: Tx, *, account_id: int) -> int:
    """Up to MAX_COUNTED among those of the latest MAX_LOOKED_AT that are not muted."""
    return int(
        await tx.fetchval(
            """
            SELECT count(*) FROM (
                SELECT FROM (
                    SELECT conversation_id, greatest(read_id, from_id) AS above_id, activity_id
                    FROM conversation_members
                    WHERE account_id = $1 AND state = 'member' AND activity_id > 0
                        AND (muted_until IS NULL OR muted_until <= now())
                    ORDER BY activity_id DESC LIMIT $4
                ) AS m
                JOIN conversations c ON c.id = m.conversation_id
                WHERE m.activity_id > m.above_id AND EXISTS (
                    SELECT FROM (
                        SELECT x.id, x.sender_id, x.deleted_at FROM messages x
                        WHERE x.conversation_id = m.conversation_id AND x.id > m.above_id
                        ORDER BY x.id LIMIT $3
                    ) AS above
                    WHERE above.sender_id <> $1 AND above.deleted_at IS NULL
                        AND above.id <> ALL(ARRAY(
                            SELECT h.message_id FROM hidden_messages h
                            WHERE h.conversation_id = m.conversation_id AND h.message_id = above.id
                                AND h.account_id = $1
                        ))
                        AND (NOT c.is_group OR above.sender_id NOT IN (
                            SELECT blocked_id FROM blocks WHERE blocker_id = $1
                            UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = $1
                        ))
                )
                LIMIT $2
            ) AS found
            """,
            account_id,
            MAX_COUNTED,
            MAX_ABOVE,
            MAX_LOOKED_AT,
        )
    )


async def update_read(tx: Tx, *, conversation_id: int, account_id: int, up_to: int) -> bool | None:
    """Forward only, and no further than the last message. Whether it moved; None for whoever is not in it.

    What is read was brought too.
    """
    moved: bool | None = await tx.fetchval(
        """
        WITH place AS (
            SELECT m.read_id, least($3, c.last_id) AS up_to
            FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
        ), moved AS (
            UPDATE conversation_members m
            SET read_id = place.up_to, delivered_id = greatest(m.delivered_id, place.up_to)
            FROM place
            WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
                AND m.read_id < place.up_to
            RETURNING true
        )
        SELECT EXISTS (SELECT FROM moved) FROM place
        """,
        conversation_id,
        account_id,
        up_to,
    )
    return moved


async def update_delivered(tx: Tx, *, conversation_id: int, account_id: int, up_to: int) -> bool | None:
    """The same for what was brought to one of their devices."""
    moved: bool | None = await tx.fetchval(
        """
        WITH place AS (
            SELECT least($3, c.last_id) AS up_to
            FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
        ), moved AS (
            UPDATE conversation_members m
            SET delivered_id = place.up_to
            FROM place
            WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
                AND m.delivered_id < place.up_to
            RETURNING true
        )
        SELECT EXISTS (SELECT FROM moved) FROM place
        """,
        conversation_id,
        account_id,
        up_to,
    )
    return moved
