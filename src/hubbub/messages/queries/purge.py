"""What an account leaves behind, and what a conversation that nobody is in any more leaves."""

from datetime import datetime

from hubbub.platform.db import Tx


async def select_some_conversations_of(tx: Tx, *, account_id: int, at_most: int) -> list[int]:
    """In whatever state."""
    rows = await tx.fetch(
        "SELECT conversation_id FROM conversation_members WHERE account_id = $1 ORDER BY 1 LIMIT $2",
        account_id,
        at_most,
    )
    return [row["conversation_id"] for row in rows]


async def update_some_messages_of(tx: Tx, *, account_id: int, at: datetime, at_most: int) -> int:
    """Into deleted ones of nobody. Walks messages_sender_idx; how many there were."""
    status = await tx.execute(
        """
        UPDATE messages
        SET sender_id = 0, text = '', folded = NULL, client_id = NULL, content_hash = NULL,
            deleted_at = coalesce(deleted_at, $2), version = version + 1
        WHERE (conversation_id, id) IN (
            SELECT conversation_id, id FROM messages WHERE sender_id = $1 LIMIT $3
        )
        """,
        account_id,
        at,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_some_of_account(tx: Tx, *, account_id: int, at_most: int) -> int:
    """Reactions and what it hid from itself: how many of that which is more."""
    return int(
        await tx.fetchval(
            """
            WITH reacted AS (
                DELETE FROM message_reactions
                WHERE (conversation_id, message_id, account_id, emoji) IN (
                    SELECT conversation_id, message_id, account_id, emoji
                    FROM message_reactions WHERE account_id = $1 LIMIT $2
                )
                RETURNING 1
            ), hidden AS (
                DELETE FROM hidden_messages
                WHERE (conversation_id, message_id, account_id) IN (
                    SELECT conversation_id, message_id, account_id
                    FROM hidden_messages WHERE account_id = $1 LIMIT $2
                )
                RETURNING 1
            ), preferred AS (
                DELETE FROM message_preferences WHERE account_id = $1
            )
            SELECT greatest((SELECT count(*) FROM reacted), (SELECT count(*) FROM hidden))
            """,
            account_id,
            at_most,
        )
    )


async def delete_pairs_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM conversation_pairs
        WHERE (low_id, high_id) IN (
            (SELECT low_id, high_id FROM conversation_pairs WHERE low_id = $1 LIMIT $2)
            UNION ALL
            (SELECT low_id, high_id FROM conversation_pairs WHERE high_id = $1 LIMIT $2)
        )
        """,
        account_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_messages_of(tx: Tx, conversation_id: int, *, at_most: int) -> int:
    """The first of a conversation, with what hangs on them; how many there were."""
    return int(
        await tx.fetchval(
            """
            WITH gone AS (
                DELETE FROM messages
                WHERE conversation_id = $1 AND id IN (
                    SELECT id FROM messages WHERE conversation_id = $1 ORDER BY id LIMIT $2
                )
                RETURNING id
            ), reacted AS (
                DELETE FROM message_reactions
                WHERE conversation_id = $1 AND message_id IN (SELECT id FROM gone)
            ), hidden AS (
                DELETE FROM hidden_messages
                WHERE conversation_id = $1 AND message_id IN (SELECT id FROM gone)
            )
            SELECT count(*) FROM gone
            """,
            conversation_id,
            at_most,
        )
    )


async def delete_members(tx: Tx, conversation_id: int) -> None:
    await tx.execute("DELETE FROM conversation_members WHERE conversation_id = $1", conversation_id)


async def delete_conversation(tx: Tx, conversation_id: int) -> None:
    """Whose messages are gone."""
    await tx.execute("DELETE FROM conversations WHERE id = $1", conversation_id)
