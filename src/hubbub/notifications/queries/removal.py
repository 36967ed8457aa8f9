"""What goes for good, in bounded batches."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def delete_groups(tx: Tx, *, account_ids: Sequence[int], object_ids: Sequence[int]) -> None:
    """Groups about posts (kinds 1 to 5, 9 and 12), of these (account_id, object_id)."""
    await tx.execute(
        """
        DELETE FROM notification_groups
        WHERE (account_id, object_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
            AND kind IN (1, 2, 3, 4, 5, 9, 12)
        """,
        account_ids,
        object_ids,
    )


async def delete_some_actors(
    tx: Tx, *, account_ids: Sequence[int], object_ids: Sequence[int], at_most: int
) -> list[int]:
    """People who liked or reposted these (account_id, object_id); the objects of whom there were."""
    rows = await tx.fetch(
        """
        DELETE FROM notification_actors
        WHERE (account_id, object_id, actor_id, kind) IN (
            SELECT known.account_id, known.object_id, known.actor_id, known.kind
            FROM unnest($1::bigint[], $2::bigint[]) AS asked (account_id, object_id)
            JOIN notification_actors AS known USING (account_id, object_id)
            WHERE known.kind IN (1, 4)
            LIMIT $3
        )
        RETURNING object_id
        """,
        account_ids,
        object_ids,
        at_most,
    )
    return [row["object_id"] for row in rows]


async def update_as_dismissed(tx: Tx, *, account_id: int, object_id: int, kind: int, place: int) -> bool:
    """The group is not shown until it grows again; False when it was not shown."""
    return bool(
        await tx.fetchval(
            """
            UPDATE notification_groups
            SET count = 0, actor_ids = CASE WHEN kind IN (1, 4, 6, 7) THEN '{}' ELSE actor_ids END
            WHERE account_id = $1 AND object_id = $2 AND kind = $3 AND place = $4 AND count > 0
            RETURNING true
            """,
            account_id,
            object_id,
            kind,
            place,
        )
    )


async def update_some_as_dismissed(
    tx: Tx, *, account_id: int, object_id: int, kind: int, at_most: int
) -> int:
    """People counted in the group; how many there were."""
    status = await tx.execute(
        """
        UPDATE notification_actors SET state = 2
        WHERE (account_id, object_id, actor_id, kind) IN (
            SELECT account_id, object_id, actor_id, kind FROM notification_actors
            WHERE account_id = $1 AND object_id = $2 AND kind = $3 AND state = 0
            LIMIT $4
        )
        """,
        account_id,
        object_id,
        kind,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_some_of(tx: Tx, *, account_id: int, at_most: int) -> int:
    """What an account was told; the most rows that were deleted of one table."""
    number: int = await tx.fetchval(
        """
        WITH actors AS (
            DELETE FROM notification_actors WHERE (account_id, object_id, actor_id, kind) IN (
                SELECT account_id, object_id, actor_id, kind FROM notification_actors
                WHERE account_id = $1 LIMIT $2
            ) RETURNING 1
        ), groups AS (
            DELETE FROM notification_groups WHERE (account_id, object_id, kind, place) IN (
                SELECT account_id, object_id, kind, place FROM notification_groups
                WHERE account_id = $1 LIMIT $2
            ) RETURNING 1
        ), threads AS (
            DELETE FROM muted_threads WHERE (account_id, root_id) IN (
                SELECT account_id, root_id FROM muted_threads WHERE account_id = $1 LIMIT $2
            ) RETURNING 1
        ), rung AS (
            DELETE FROM bells WHERE (author_id, account_id) IN (
                (SELECT author_id, account_id FROM bells WHERE account_id = $1 LIMIT $2)
                UNION ALL
                (SELECT author_id, account_id FROM bells WHERE author_id = $1 LIMIT $2)
            ) RETURNING 1
        ), told AS (
            DELETE FROM notices WHERE (account_id, id) IN (
                SELECT account_id, id FROM notices WHERE account_id = $1 LIMIT $2
            ) RETURNING 1
        )
        SELECT greatest(
            (SELECT count(*) FROM actors), (SELECT count(*) FROM groups), (SELECT count(*) FROM threads),
            (SELECT count(*) FROM rung), (SELECT count(*) FROM told)
        )
        """,
        account_id,
        at_most,
    )
    return number


async def delete_some_by(tx: Tx, *, actor_id: int, at_most: int) -> int:
    """What an account did in groups of many, which know nothing of it afterwards."""
    number: int = await tx.fetchval(
        """
        WITH gone AS (
            DELETE FROM notification_actors WHERE (account_id, object_id, actor_id, kind) IN (
                SELECT account_id, object_id, actor_id, kind FROM notification_actors
                WHERE actor_id = $1 LIMIT $2
            ) RETURNING account_id, object_id, kind, place, state
        ), smaller AS (
            UPDATE notification_groups AS known
            SET count = greatest(known.count - (gone.state = 0)::integer, 0),
                actor_ids = array_remove(known.actor_ids, $1)
            FROM gone
            WHERE known.account_id = gone.account_id AND known.object_id = gone.object_id
                AND known.kind = gone.kind AND known.place = gone.place
        )
        SELECT count(*) FROM gone
        """,
        actor_id,
        at_most,
    )
    return number


async def delete_some_groups_by(tx: Tx, *, actor_id: int, at_most: int) -> int:
    """Groups of one person, on notification_groups_actor_idx."""
    status = await tx.execute(
        """
        DELETE FROM notification_groups WHERE (account_id, object_id, kind, place) IN (
            SELECT account_id, object_id, kind, place FROM notification_groups
            WHERE actor_ids[1] = $1 AND kind NOT IN (1, 4, 6, 7) LIMIT $2
        )
        """,
        actor_id,
        at_most,
    )
    return int(status.rpartition(" ")[2])


async def delete_settings_of(tx: Tx, *, account_id: int) -> None:
    await tx.execute(
        """
        WITH marker AS (DELETE FROM notification_markers WHERE account_id = $1)
        DELETE FROM notification_preferences WHERE account_id = $1
        """,
        account_id,
    )


async def delete_group(tx: Tx, *, account_id: int, object_id: int, kind: int) -> None:
    """Of one person, wherever it was put."""
    await tx.execute(
        "DELETE FROM notification_groups WHERE account_id = $1 AND object_id = $2 AND kind = $3",
        account_id,
        object_id,
        kind,
    )


async def delete_bell(tx: Tx, *, author_id: int, account_id: int) -> bool:
    status = await tx.execute(
        "DELETE FROM bells WHERE author_id = $1 AND account_id = $2", author_id, account_id
    )
    return status == "DELETE 1"
