"""What those who are told of something live are, and may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.messages.queries.rows import MemberState
from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class Watermark:
    """Of one member, for those of their devices that did not move it."""

    conversation_id: int
    account_id: int
    state: MemberState
    read_id: int
    delivered_id: int
    unread: int


async def select_watermarks(
    tx: Tx, keys: Sequence[tuple[int, int]], *, at_most: int, above: int
) -> list[Watermark]:
    """By (conversation_id, account_id). Counts as `select_places` does, for many accounts."""
    rows = await tx.fetch(
        """
        SELECT m.conversation_id, m.account_id, m.state, m.read_id, m.delivered_id, unread.number AS unread
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (conversation_id, account_id)
        JOIN conversation_members m
            ON m.conversation_id = wanted.conversation_id AND m.account_id = wanted.account_id
        JOIN conversations c ON c.id = m.conversation_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS number FROM (
                SELECT FROM (
                    SELECT x.id, x.sender_id, x.deleted_at FROM messages x
                    WHERE x.conversation_id = m.conversation_id AND x.id > greatest(m.read_id, m.from_id)
                    ORDER BY x.id LIMIT $4
                ) AS above
                WHERE above.sender_id <> m.account_id AND above.deleted_at IS NULL AND m.state = 'member'
                    AND above.id <> ALL(ARRAY(
                        SELECT h.message_id FROM hidden_messages h
                        WHERE h.conversation_id = m.conversation_id AND h.message_id = above.id
                            AND h.account_id = m.account_id
                    ))
                    AND NOT (c.is_group AND EXISTS (
                        SELECT FROM blocks b
                        WHERE b.blocker_id = m.account_id AND b.blocked_id = above.sender_id
                        UNION ALL
                        SELECT FROM blocks b
                        WHERE b.blocker_id = above.sender_id AND b.blocked_id = m.account_id
                    ))
                LIMIT $3
            ) AS new
        ) AS unread
        WHERE m.state IN ('member', 'requested')
        """,
        [conversation_id for conversation_id, _ in keys],
        [account_id for _, account_id in keys],
        at_most,
        above,
    )
    return [Watermark(**row) for row in rows]


async def select_muting(tx: Tx, conversation_ids: Sequence[int]) -> set[tuple[int, int]]:
    """(conversation_id, account_id) of whoever has muted one now."""
    rows = await tx.fetch(
        """
        SELECT conversation_id, account_id FROM conversation_members
        WHERE conversation_id = ANY($1::bigint[]) AND muted_until > now()
        """,
        conversation_ids,
    )
    return {(row["conversation_id"], row["account_id"]) for row in rows}


async def select_hidden(tx: Tx, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int, int]]:
    """(conversation_id, message_id, account_id): who has deleted which of these messages for themselves."""
    rows = await tx.fetch(
        """
        SELECT h.conversation_id, h.message_id, h.account_id
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (conversation_id, message_id)
        JOIN hidden_messages h
            ON h.conversation_id = wanted.conversation_id AND h.message_id = wanted.message_id
        """,
        [conversation_id for conversation_id, _ in keys],
        [message_id for _, message_id in keys],
    )
    return {(row["conversation_id"], row["message_id"], row["account_id"]) for row in rows}


async def select_blocks_among(
    tx: Tx, *, account_ids: Sequence[int], other_ids: Sequence[int]
) -> set[tuple[int, int]]:
    """(account, other) between whom there is a block, whoever made it."""
    rows = await tx.fetch(
        """
        SELECT blocker_id AS account_id, blocked_id AS other_id FROM blocks
        WHERE blocker_id = ANY($1::bigint[]) AND blocked_id = ANY($2::bigint[])
        UNION
        SELECT blocked_id, blocker_id FROM blocks
        WHERE blocked_id = ANY($1::bigint[]) AND blocker_id = ANY($2::bigint[])
        """,
        account_ids,
        other_ids,
    )
    return {(row["account_id"], row["other_id"]) for row in rows}
