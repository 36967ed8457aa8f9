"""Rows of `messages` and what hides them."""

from collections.abc import Sequence
from datetime import datetime

from hubbub.messages.queries.rows import Message, Sight
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window


async def select_messages(tx: Tx, sight: Sight, window: Window) -> list[Message]:
    """Walks messages_pkey above `from_id`. What the account has deleted for itself comes marked."""
    rows = await tx.fetch(
        """
        (SELECT x.conversation_id, x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at,
            x.deleted_at, EXISTS (
                SELECT FROM hidden_messages h
                WHERE h.conversation_id = x.conversation_id AND h.message_id = x.id AND h.account_id = $2
            ) AS is_hidden
         FROM messages x
         WHERE x.conversation_id = $1 AND NOT $6 AND x.id < $4 AND x.id > $3
         ORDER BY x.id DESC LIMIT $5)
        UNION ALL
        (SELECT x.conversation_id, x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at,
            x.deleted_at, EXISTS (
                SELECT FROM hidden_messages h
                WHERE h.conversation_id = x.conversation_id AND h.message_id = x.id AND h.account_id = $2
            )
         FROM messages x
         WHERE x.conversation_id = $1 AND $6 AND x.id > greatest($4, $3)
         ORDER BY x.id LIMIT $5)
        """,
        *sight,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Message(**row) for row in rows]


async def select_matching(
    tx: Tx, sight: Sight, window: Window, *, wanted: str, at_most: int
) -> tuple[list[Message], int | None]:
    """The matches among the next `at_most` messages, and where these end; None when the list does."""
    rows = await tx.fetch(
        """
        WITH looked_at AS (
            (SELECT x.id, x.sender_id, x.text, x.folded, x.reply_to, x.version, x.edited_at, x.deleted_at
             FROM messages x
             WHERE x.conversation_id = $1 AND NOT $6 AND x.id < $4 AND x.id > $3
             ORDER BY x.id DESC LIMIT $8)
            UNION ALL
            (SELECT x.id, x.sender_id, x.text, x.folded, x.reply_to, x.version, x.edited_at, x.deleted_at
             FROM messages x
             WHERE x.conversation_id = $1 AND $6 AND x.id > greatest($4, $3)
             ORDER BY x.id LIMIT $8)
        ), ends AS (
            SELECT count(*) AS number, min(id) AS lowest, max(id) AS highest FROM looked_at
        ), found AS (
            SELECT x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at, x.deleted_at
            FROM looked_at x
            WHERE x.deleted_at IS NULL AND strpos(coalesce(x.folded, lower(x.text COLLATE "C")), $7) > 0
                AND x.id <> ALL(ARRAY(
                    SELECT h.message_id FROM hidden_messages h
                    WHERE h.conversation_id = $1 AND h.message_id = x.id AND h.account_id = $2
                ))
            ORDER BY CASE WHEN $6 THEN x.id ELSE -x.id END LIMIT $5
        )
        SELECT $1 AS conversation_id, x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at,
            x.deleted_at, ends.number, CASE WHEN $6 THEN ends.highest ELSE ends.lowest END AS end_id
        FROM ends LEFT JOIN found x ON true
        ORDER BY CASE WHEN $6 THEN x.id ELSE -x.id END
        """,
        *sight,
        window.position,
        window.limit,
        window.is_back,
        wanted,
        at_most,
    )
    found = [
        Message(
            row["conversation_id"],
            row["id"],
            row["sender_id"],
            row["text"],
            row["reply_to"],
            row["version"],
            row["edited_at"],
        )
        for row in rows
        if row["id"] is not None
    ]
    return found, rows[0]["end_id"] if rows[0]["number"] == at_most else None


async def select_messages_by_keys(tx: Tx, keys: Sequence[tuple[int, int]]) -> list[Message]:
    """By (conversation_id, id), in no order."""
    rows = await tx.fetch(
        """
        SELECT x.conversation_id, x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at, x.deleted_at
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (conversation_id, id)
        JOIN messages x ON x.conversation_id = wanted.conversation_id AND x.id = wanted.id
        """,
        [conversation_id for conversation_id, _ in keys],
        [id_ for _, id_ in keys],
    )
    return [Message(**row) for row in rows]


async def select_message(tx: Tx, *, conversation_id: int, account_id: int, message_id: int) -> Message | None:
    """With whether the account has deleted it for itself."""
    row = await tx.fetchrow(
        """
        SELECT x.conversation_id, x.id, x.sender_id, x.text, x.reply_to, x.version, x.edited_at, x.deleted_at,
            h.message_id IS NOT NULL AS is_hidden
        FROM messages x
        LEFT JOIN hidden_messages h
            ON h.conversation_id = x.conversation_id AND h.account_id = $2 AND h.message_id = x.id
        WHERE x.conversation_id = $1 AND x.id = $3
        """,
        conversation_id,
        account_id,
        message_id,
    )
    return Message(**row) if row else None


async def update_text(
    tx: Tx, *, conversation_id: int, message_id: int, text: str, folded: str | None, at: datetime
) -> Message | None:
    """None when it was deleted meanwhile."""
    row = await tx.fetchrow(
        """
        UPDATE messages SET text = $3, folded = $4, edited_at = $5, version = version + 1
        WHERE conversation_id = $1 AND id = $2 AND deleted_at IS NULL
        RETURNING conversation_id, id, sender_id, text, reply_to, version, edited_at, deleted_at
        """,
        conversation_id,
        message_id,
        text,
        folded,
        at,
    )
    return Message(**row) if row else None


async def update_as_deleted(tx: Tx, *, conversation_id: int, message_id: int, at: datetime) -> bool:
    """With its reactions; nothing that was written stays."""
    return bool(
        await tx.fetchval(
            """
            WITH gone AS (
                UPDATE messages SET text = '', folded = NULL, deleted_at = $3, version = version + 1
                WHERE conversation_id = $1 AND id = $2 AND deleted_at IS NULL
                RETURNING id
            ), taken_back AS (
                DELETE FROM message_reactions
                WHERE conversation_id = $1 AND message_id IN (SELECT id FROM gone)
            )
            SELECT true FROM gone
            """,
            conversation_id,
            message_id,
            at,
        )
    )


async def insert_hidden(tx: Tx, *, conversation_id: int, account_id: int, message_id: int) -> bool:
    status = await tx.execute(
        """
        INSERT INTO hidden_messages (conversation_id, account_id, message_id) VALUES ($1, $2, $3)
        ON CONFLICT (conversation_id, message_id, account_id) DO NOTHING
        """,
        conversation_id,
        account_id,
        message_id,
    )
    return status == "INSERT 0 1"
