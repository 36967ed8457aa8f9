"""Rows of `conversation_members`."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from hubbub.messages.queries.rows import Conversation, ListedMember, Member, MemberState
from hubbub.messages.schemas import Role
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window


async def insert_members(tx: Tx, conversation_id: int, new: Sequence[Member], *, activity_id: int) -> None:
    """In place of the row of somebody who left. Whoever has to accept a conversation of two that nobody has
    written to finds it nowhere yet."""
    await tx.execute(
        """
        INSERT INTO conversation_members
            (conversation_id, account_id, id, role, state, from_id, read_id, delivered_id, activity_id)
        SELECT $1, account_id, id, role, state, from_id, read_id, delivered_id, $9
        FROM unnest(
            $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[]
        ) AS new (account_id, id, role, state, from_id, read_id, delivered_id)
        ON CONFLICT (conversation_id, account_id) DO UPDATE
        SET id = excluded.id, role = excluded.role, state = excluded.state, from_id = excluded.from_id,
            read_id = excluded.read_id, delivered_id = excluded.delivered_id,
            activity_id = excluded.activity_id, muted_until = NULL
        """,
        conversation_id,
        [member.account_id for member in new],
        [member.id for member in new],
        [member.role for member in new],
        [member.state for member in new],
        [member.from_id for member in new],
        [member.read_id for member in new],
        [member.delivered_id for member in new],
        activity_id,
    )


async def select_seat(tx: Tx, *, conversation_id: int, account_id: int) -> tuple[Conversation, Member] | None:
    """Of a member, or of whoever is asked to be one."""
    row = await tx.fetchrow(
        """
        SELECT c.id AS conversation_id, c.is_group, c.name, c.history, c.version, c.members_count, c.last_id,
            m.account_id, m.id, m.role, m.state, m.from_id, m.read_id, m.delivered_id
        FROM conversation_members m JOIN conversations c ON c.id = m.conversation_id
        WHERE m.conversation_id = $1 AND m.account_id = $2 AND m.state IN ('member', 'requested')
        """,
        conversation_id,
        account_id,
    )
    if row is None:
        return None
    conversation = Conversation(
        row["conversation_id"],
        row["is_group"],
        row["name"],
        row["history"],
        row["version"],
        row["members_count"],
        row["last_id"],
    )
    return conversation, _member(row)


async def select_members_among(
    tx: Tx, *, conversation_id: int, account_ids: Sequence[int]
) -> dict[int, Member]:
    """In whatever state they are."""
    rows = await tx.fetch(
        """
        SELECT account_id, id, role, state, from_id, read_id, delivered_id
        FROM conversation_members WHERE conversation_id = $1 AND account_id = ANY($2::bigint[])
        """,
        conversation_id,
        account_ids,
    )
    return {row["account_id"]: Member(**row) for row in rows}


async def select_all_members(tx: Tx, conversation_ids: Sequence[int]) -> list[tuple[int, Member]]:
    """Those who are in, or asked in, with the conversation of each."""
    rows = await tx.fetch(
        """
        SELECT conversation_id, account_id, id, role, state, from_id, read_id, delivered_id
        FROM conversation_members
        WHERE conversation_id = ANY($1::bigint[]) AND state IN ('member', 'requested')
        """,
        conversation_ids,
    )
    return [(row["conversation_id"], _member(row)) for row in rows]


async def select_memberships(
    tx: Tx, *, account_id: int, conversation_ids: Sequence[int]
) -> list[tuple[int, Member]]:
    """Of one account, with the conversation of each that it is in, or asked in."""
    rows = await tx.fetch(
        """
        SELECT conversation_id, account_id, id, role, state, from_id, read_id, delivered_id
        FROM conversation_members
        WHERE account_id = $1 AND conversation_id = ANY($2::bigint[]) AND state IN ('member', 'requested')
        """,
        account_id,
        conversation_ids,
    )
    return [(row["conversation_id"], _member(row)) for row in rows]


async def select_heir(tx: Tx, conversation_id: int) -> Member | None:
    """Whose the group is or would be: its owner, the oldest admin, the oldest member."""
    row = await tx.fetchrow(
        """
        SELECT account_id, id, role, state, from_id, read_id, delivered_id
        FROM conversation_members WHERE conversation_id = $1 AND state = 'member'
        ORDER BY role = 'owner' DESC, role = 'admin' DESC, id
        LIMIT 1
        """,
        conversation_id,
    )
    return Member(**row) if row else None


async def select_member_page(tx: Tx, *, conversation_id: int, window: Window) -> list[ListedMember]:
    """Who came last first. Sorts what the key finds, which the limit of a group bounds."""
    rows = await tx.fetch(
        """
        SELECT m.conversation_id, m.account_id, m.id, m.role, m.state, m.from_id, m.read_id, m.delivered_id,
            coalesce(p.read_receipts, true) AS has_receipts
        FROM (
            (SELECT * FROM conversation_members
             WHERE conversation_id = $1 AND state <> 'left' AND NOT $4 AND id < $2 ORDER BY id DESC LIMIT $3)
            UNION ALL
            (SELECT * FROM conversation_members
             WHERE conversation_id = $1 AND state <> 'left' AND $4 AND id > $2 ORDER BY id LIMIT $3)
        ) AS m
        LEFT JOIN message_preferences p ON p.account_id = m.account_id
        ORDER BY CASE WHEN $4 THEN m.id ELSE -m.id END
        """,
        conversation_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [ListedMember(row["conversation_id"], _member(row), row["has_receipts"]) for row in rows]


async def select_few_members(tx: Tx, conversation_ids: Sequence[int], *, limit: int) -> list[ListedMember]:
    """Some of each conversation, the oldest accounts, on the key: it reads no more however large a group."""
    rows = await tx.fetch(
        """
        SELECT few.conversation_id, few.account_id, few.id, few.role, few.state, few.from_id, few.read_id,
            few.delivered_id, coalesce(p.read_receipts, true) AS has_receipts
        FROM conversations c
        CROSS JOIN LATERAL (
            SELECT m.* FROM conversation_members m
            WHERE m.conversation_id = c.id AND m.state <> 'left' ORDER BY m.account_id LIMIT $2
        ) AS few
        LEFT JOIN message_preferences p ON p.account_id = few.account_id
        WHERE c.id = ANY($1::bigint[])
        ORDER BY few.conversation_id, few.account_id
        """,
        conversation_ids,
        limit,
    )
    return [ListedMember(row["conversation_id"], _member(row), row["has_receipts"]) for row in rows]


async def update_role(tx: Tx, *, conversation_id: int, account_id: int, role: Role) -> None:
    await tx.execute(
        "UPDATE conversation_members SET role = $3 WHERE conversation_id = $1 AND account_id = $2",
        conversation_id,
        account_id,
        role,
    )


async def update_state(tx: Tx, *, conversation_id: int, account_id: int, state: MemberState) -> None:
    await tx.execute(
        "UPDATE conversation_members SET state = $3 WHERE conversation_id = $1 AND account_id = $2",
        conversation_id,
        account_id,
        state,
    )


async def update_as_cleared(tx: Tx, *, conversation_id: int, account_id: int, up_to: int) -> None:
    """Out of the inbox, with all that was written so far."""
    await tx.execute(
        """
        UPDATE conversation_members
        SET from_id = $3, read_id = greatest(read_id, $3), activity_id = 0
        WHERE conversation_id = $1 AND account_id = $2
        """,
        conversation_id,
        account_id,
        up_to,
    )


async def update_mute(tx: Tx, *, conversation_id: int, account_id: int, until: datetime | None) -> bool:
    status = await tx.execute(
        """
        UPDATE conversation_members SET muted_until = $3
        WHERE conversation_id = $1 AND account_id = $2 AND state IN ('member', 'requested')
        """,
        conversation_id,
        account_id,
        until,
    )
    return status == "UPDATE 1"


async def delete_member(tx: Tx, *, conversation_id: int, account_id: int) -> None:
    await tx.execute(
        "DELETE FROM conversation_members WHERE conversation_id = $1 AND account_id = $2",
        conversation_id,
        account_id,
    )


def _member(row: asyncpg.Record) -> Member:
    return Member(
        row["account_id"],
        row["id"],
        row["role"],
        row["state"],
        row["from_id"],
        row["read_id"],
        row["delivered_id"],
    )
