"""Rows of `list_members`, and the view of those that count."""

from collections.abc import Sequence

from hubbub.graph import Edge
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window


async def select_members(tx: Tx, *, owner_id: int, list_id: int, window: Window) -> list[Edge]:
    """Walks list_members_list_idx."""
    rows = await tx.fetch(
        """
        (SELECT id, member_id AS account_id FROM current_list_members
         WHERE owner_id = $1 AND list_id = $2 AND NOT $5 AND id < $3 ORDER BY id DESC LIMIT $4)
        UNION ALL
        (SELECT id, member_id FROM current_list_members
         WHERE owner_id = $1 AND list_id = $2 AND $5 AND id > $3 ORDER BY id ASC LIMIT $4)
        """,
        owner_id,
        list_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Edge(**row) for row in rows]


async def count_members(tx: Tx, *, owner_id: int, list_id: int, member_id: int) -> tuple[int, bool]:
    """How many there are, and whether this is one."""
    row = await tx.fetchrow(
        """
        SELECT count(*), coalesce(bool_or(member_id = $3), false)
        FROM current_list_members WHERE owner_id = $1 AND list_id = $2
        """,
        owner_id,
        list_id,
        member_id,
    )
    return (row[0], row[1]) if row else (0, False)


async def select_exclusive_members(tx: Tx, *, owner_id: int) -> list[int]:
    rows = await tx.fetch(
        """
        SELECT DISTINCT m.member_id
        FROM lists l JOIN current_list_members m ON m.owner_id = $1 AND m.list_id = l.id
        WHERE l.owner_id = $1 AND l.is_exclusive AND m.member_id <> $1
        """,
        owner_id,
    )
    return [row["member_id"] for row in rows]


async def insert_own_membership(tx: Tx, *, owner_id: int, list_id: int, id_: int) -> None:
    await tx.execute(
        """
        INSERT INTO list_members (owner_id, list_id, member_id, id, follow_id) VALUES ($1, $2, $1, $3, NULL)
        ON CONFLICT (owner_id, list_id, member_id) DO NOTHING
        """,
        owner_id,
        list_id,
        id_,
    )


async def insert_member(tx: Tx, *, owner_id: int, list_id: int, member_id: int, id_: int) -> bool:
    """In place of a membership that hung on an earlier follow. False when the owner does not follow them.

    The follow is held: an unfollow comes before this statement, which then finds nothing, or after its
    commit, and then its event finds the membership.
    """
    return bool(
        await tx.fetchval(
            """
            INSERT INTO list_members (owner_id, list_id, member_id, id, follow_id)
            SELECT follower_id, $2, followee_id, $4, id
            FROM follows WHERE follower_id = $1 AND followee_id = $3 FOR KEY SHARE
            ON CONFLICT (owner_id, list_id, member_id) DO UPDATE
            SET id = excluded.id, follow_id = excluded.follow_id
            RETURNING true
            """,
            owner_id,
            list_id,
            member_id,
            id_,
        )
    )


async def delete_member(tx: Tx, *, owner_id: int, list_id: int, member_id: int) -> bool:
    status = await tx.execute(
        "DELETE FROM list_members WHERE owner_id = $1 AND list_id = $2 AND member_id = $3",
        owner_id,
        list_id,
        member_id,
    )
    return status == "DELETE 1"


async def delete_lapsed_members(tx: Tx, pairs: Sequence[tuple[int, int]]) -> None:
    """Memberships of these (owner_id, member_id) that hung on a follow which is gone."""
    await tx.execute(
        """
        DELETE FROM list_members m
        USING unnest($1::bigint[], $2::bigint[]) AS cut (owner_id, member_id)
        WHERE m.owner_id = cut.owner_id AND m.member_id = cut.member_id AND m.follow_id IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM follows f
                WHERE f.follower_id = m.owner_id AND f.followee_id = m.member_id AND f.id = m.follow_id
            )
        """,
        [owner_id for owner_id, _ in pairs],
        [member_id for _, member_id in pairs],
    )


async def delete_some_memberships_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    """On its own lists and on those of others. How many there were, up to twice `at_most`."""
    status = await tx.execute(
        """
        DELETE FROM list_members
        WHERE (owner_id, list_id, member_id) IN (
            (SELECT owner_id, list_id, member_id FROM list_members WHERE owner_id = $1 LIMIT $2)
            UNION ALL
            (SELECT owner_id, list_id, member_id FROM list_members WHERE member_id = $1 LIMIT $2)
        )
        """,
        account_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])
