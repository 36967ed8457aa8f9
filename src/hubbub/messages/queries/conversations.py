"""Rows of `conversations` and `conversation_pairs`."""

from collections.abc import Sequence

from hubbub.messages.queries.rows import Conversation
from hubbub.messages.schemas import History
from hubbub.platform.db import Tx


async def insert_pair(tx: Tx, *, low_id: int, high_id: int, conversation_id: int) -> bool:
    """False when these two have one, which whoever made it has committed by now."""
    status = await tx.execute(
        """
        INSERT INTO conversation_pairs (low_id, high_id, conversation_id) VALUES ($1, $2, $3)
        ON CONFLICT (low_id, high_id) DO NOTHING
        """,
        low_id,
        high_id,
        conversation_id,
    )
    return status == "INSERT 0 1"


async def select_pair(tx: Tx, *, low_id: int, high_id: int) -> int | None:
    found: int | None = await tx.fetchval(
        "SELECT conversation_id FROM conversation_pairs WHERE low_id = $1 AND high_id = $2", low_id, high_id
    )
    return found


async def insert_conversation(tx: Tx, new: Conversation) -> None:
    await tx.execute(
        """
        INSERT INTO conversations (id, is_group, name, history, version, members_count, last_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        new.id,
        new.is_group,
        new.name,
        new.history,
        new.version,
        new.members_count,
        new.last_id,
    )


async def select_conversation_for_update(tx: Tx, conversation_id: int) -> Conversation | None:
    """Held against senders and against whoever else changes who is in it."""
    row = await tx.fetchrow(
        """
        SELECT id, is_group, name, history, version, members_count, last_id
        FROM conversations WHERE id = $1 FOR UPDATE
        """,
        conversation_id,
    )
    return Conversation(**row) if row else None


async def select_conversations(tx: Tx, conversation_ids: Sequence[int]) -> list[Conversation]:
    rows = await tx.fetch(
        """
        SELECT id, is_group, name, history, version, members_count, last_id
        FROM conversations WHERE id = ANY($1::bigint[])
        """,
        conversation_ids,
    )
    return [Conversation(**row) for row in rows]


async def update_conversation(tx: Tx, *, conversation_id: int, name: str, history: History) -> int:
    """The new version."""
    return int(
        await tx.fetchval(
            """
            UPDATE conversations SET name = $2, history = $3, version = version + 1 WHERE id = $1
            RETURNING version
            """,
            conversation_id,
            name,
            history,
        )
    )


async def update_members_count(tx: Tx, *, conversation_id: int, more: int) -> int:
    """The new version: with another, whoever is about to send looks again at who is in it."""
    return int(
        await tx.fetchval(
            """
            UPDATE conversations SET members_count = members_count + $2, version = version + 1 WHERE id = $1
            RETURNING version
            """,
            conversation_id,
            more,
        )
    )
