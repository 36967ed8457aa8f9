"""Rows of `message_reactions`."""

from collections.abc import Sequence

from hubbub.messages.queries.rows import Reactions
from hubbub.platform.db import Tx


async def select_reactions(tx: Tx, keys: Sequence[tuple[int, int]]) -> list[Reactions]:
    """To messages by (conversation_id, id); of each, what was used first stands first."""
    rows = await tx.fetch(
        """
        SELECT r.conversation_id, r.message_id, r.emoji, array_agg(r.account_id ORDER BY r.id) AS account_ids
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (conversation_id, message_id)
        JOIN message_reactions r
            ON r.conversation_id = wanted.conversation_id AND r.message_id = wanted.message_id
        GROUP BY r.conversation_id, r.message_id, r.emoji
        ORDER BY min(r.id)
        """,
        [conversation_id for conversation_id, _ in keys],
        [message_id for _, message_id in keys],
    )
    return [Reactions(**row) for row in rows]


async def insert_reaction(
    tx: Tx, *, conversation_id: int, message_id: int, account_id: int, emoji: str, id_: int
) -> bool:
    """And another version of the message, which the caller holds; False, and nothing, when it was there."""
    return bool(
        await tx.fetchval(
            """
            WITH made AS (
                INSERT INTO message_reactions (conversation_id, message_id, account_id, emoji, id)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (conversation_id, message_id, account_id, emoji) DO NOTHING
                RETURNING true
            ), changed AS (
                UPDATE messages SET version = version + 1
                WHERE conversation_id = $1 AND id = $2 AND EXISTS (SELECT FROM made)
            )
            SELECT true FROM made
            """,
            conversation_id,
            message_id,
            account_id,
            emoji,
            id_,
        )
    )


async def delete_reaction(
    tx: Tx, *, conversation_id: int, message_id: int, account_id: int, emoji: str
) -> bool:
    return bool(
        await tx.fetchval(
            """
            WITH gone AS (
                DELETE FROM message_reactions
                WHERE conversation_id = $1 AND message_id = $2 AND account_id = $3 AND emoji = $4
                RETURNING true
            ), changed AS (
                UPDATE messages SET version = version + 1
                WHERE conversation_id = $1 AND id = $2 AND EXISTS (SELECT FROM gone)
            )
            SELECT true FROM gone
            """,
            conversation_id,
            message_id,
            account_id,
            emoji,
        )
    )


async def lock_message(tx: Tx, *, conversation_id: int, message_id: int) -> bool:
    """So that the kinds of reactions to it can be counted; False when it is not there any more."""
    return bool(
        await tx.fetchval(
            """
            SELECT true FROM messages
            WHERE conversation_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE
            """,
            conversation_id,
            message_id,
        )
    )


async def select_emoji(tx: Tx, *, conversation_id: int, message_id: int) -> set[str]:
    rows = await tx.fetch(
        "SELECT DISTINCT emoji FROM message_reactions WHERE conversation_id = $1 AND message_id = $2",
        conversation_id,
        message_id,
    )
    return {row["emoji"] for row in rows}
