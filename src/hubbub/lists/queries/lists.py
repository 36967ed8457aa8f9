"""Rows of `lists`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hubbub.platform.db import Tx

ListReplies: TypeAlias = Literal["none", "followed", "list"]


@dataclass(frozen=True, slots=True)
class ListRow:
    id: int
    title: str
    replies: ListReplies
    is_exclusive: bool


@dataclass(frozen=True, slots=True)
class CountedList(ListRow):
    members_count: int


async def select_lists(tx: Tx, *, owner_id: int) -> list[CountedList]:
    """All of them, newest first; the service keeps them few."""
    rows = await tx.fetch(
        """
        SELECT l.id, l.title, l.replies, l.is_exclusive, (
            SELECT count(*) FROM current_list_members m WHERE m.owner_id = $1 AND m.list_id = l.id
        ) AS members_count
        FROM lists l WHERE l.owner_id = $1 ORDER BY l.id DESC
        """,
        owner_id,
    )
    return [CountedList(**row) for row in rows]


async def select_lists_with(tx: Tx, *, owner_id: int, member_id: int) -> list[CountedList]:
    """Those of which the account is a member, newest first."""
    rows = await tx.fetch(
        """
        SELECT l.id, l.title, l.replies, l.is_exclusive, (
            SELECT count(*) FROM current_list_members m WHERE m.owner_id = $1 AND m.list_id = l.id
        ) AS members_count
        FROM current_list_members own JOIN lists l ON l.owner_id = $1 AND l.id = own.list_id
        WHERE own.owner_id = $1 AND own.member_id = $2
        ORDER BY l.id DESC
        """,
        owner_id,
        member_id,
    )
    return [CountedList(**row) for row in rows]


async def select_list(tx: Tx, *, owner_id: int, list_id: int) -> CountedList | None:
    row = await tx.fetchrow(
        """
        SELECT l.id, l.title, l.replies, l.is_exclusive, (
            SELECT count(*) FROM current_list_members m WHERE m.owner_id = $1 AND m.list_id = $2
        ) AS members_count
        FROM lists l WHERE l.owner_id = $1 AND l.id = $2
        """,
        owner_id,
        list_id,
    )
    return CountedList(**row) if row else None


async def select_replies(tx: Tx, *, owner_id: int, list_id: int) -> ListReplies | None:
    found: ListReplies | None = await tx.fetchval(
        "SELECT replies FROM lists WHERE owner_id = $1 AND id = $2", owner_id, list_id
    )
    return found


async def select_list_for_update(tx: Tx, *, owner_id: int, list_id: int) -> ListRow | None:
    """Held against whoever else changes it or its members, which are to be counted after this."""
    row = await tx.fetchrow(
        """
        SELECT id, title, replies, is_exclusive FROM lists
        WHERE owner_id = $1 AND id = $2 FOR UPDATE
        """,
        owner_id,
        list_id,
    )
    return ListRow(**row) if row else None


async def count_lists(tx: Tx, *, owner_id: int) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM lists WHERE owner_id = $1", owner_id))


async def insert_list(tx: Tx, new: ListRow, *, owner_id: int) -> None:
    await tx.execute(
        "INSERT INTO lists (owner_id, id, title, replies, is_exclusive) VALUES ($1, $2, $3, $4, $5)",
        owner_id,
        new.id,
        new.title,
        new.replies,
        new.is_exclusive,
    )


async def update_list(tx: Tx, changed: ListRow, *, owner_id: int) -> None:
    await tx.execute(
        "UPDATE lists SET title = $3, replies = $4, is_exclusive = $5 WHERE owner_id = $1 AND id = $2",
        owner_id,
        changed.id,
        changed.title,
        changed.replies,
        changed.is_exclusive,
    )


async def delete_list(tx: Tx, *, owner_id: int, list_id: int) -> bool | None:
    """With its members. Whether it was exclusive; None when there was none."""
    found: bool | None = await tx.fetchval(
        "DELETE FROM lists WHERE owner_id = $1 AND id = $2 RETURNING is_exclusive", owner_id, list_id
    )
    return found


async def delete_lists_of(tx: Tx, *, account_id: int) -> None:
    await tx.execute("DELETE FROM lists WHERE owner_id = $1", account_id)
