"""What pages are made of."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.platform.db import Tx
from hubbub.platform.paging import Window


class Group(NamedTuple):
    """One row of a list; `newest_id` is its position."""

    account_id: int
    object_id: int
    kind: int
    place: int
    newest_id: int
    first_id: int
    size: int
    """How many people are in it."""
    actor_ids: Sequence[int]
    is_read: bool


async def select_groups(
    tx: Tx, *, account_id: int, place: int, kinds: Sequence[int], window: Window
) -> list[Group]:
    """Newest first, or towards newer ones when the window goes back.

    Takes a page from each kind, where they stand in order (notification_groups_newest_idx), and of these
    the first. So the rarest kind costs as little to list as the most frequent.
    """
    rows = await tx.fetch(
        """
        SELECT $1::bigint, object_id, kind, $2::smallint, newest_id, first_id, count, actor_ids,
            newest_id <= coalesce((SELECT read_up_to FROM notification_markers WHERE account_id = $1), 0)
        FROM unnest($3::smallint[]) AS wanted (kind)
        CROSS JOIN LATERAL (
            (SELECT object_id, newest_id, first_id, count, actor_ids FROM notification_groups AS older
             WHERE account_id = $1 AND place = $2 AND older.kind = wanted.kind AND count > 0
                AND NOT $6 AND newest_id < $4
             ORDER BY newest_id DESC LIMIT $5)
            UNION ALL
            (SELECT object_id, newest_id, first_id, count, actor_ids FROM notification_groups AS newer
             WHERE account_id = $1 AND place = $2 AND newer.kind = wanted.kind AND count > 0
                AND $6 AND newest_id > $4
             ORDER BY newest_id LIMIT $5)
        ) AS found
        ORDER BY CASE WHEN $6 THEN newest_id ELSE -newest_id END
        LIMIT $5
        """,
        account_id,
        place,
        kinds,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Group(*row) for row in rows]


async def select_unread(tx: Tx, *, account_id: int, kinds: Sequence[int], limit: int) -> list[Group]:
    """The newest of those above the marker."""
    rows = await tx.fetch(
        """
        SELECT $1::bigint, object_id, kind, 0::smallint, newest_id, first_id, count, actor_ids, false
        FROM unnest($2::smallint[]) AS wanted (kind)
        CROSS JOIN LATERAL (
            SELECT object_id, newest_id, first_id, count, actor_ids FROM notification_groups AS unread
            WHERE account_id = $1 AND place = 0 AND unread.kind = wanted.kind AND count > 0 AND newest_id >
                coalesce((SELECT read_up_to FROM notification_markers WHERE account_id = $1), 0)
            ORDER BY newest_id DESC LIMIT $3
        ) AS found
        ORDER BY newest_id DESC
        LIMIT $3
        """,
        account_id,
        kinds,
        limit,
    )
    return [Group(*row) for row in rows]


async def select_groups_by_key(
    tx: Tx,
    *,
    account_ids: Sequence[int],
    object_ids: Sequence[int],
    kinds: Sequence[int],
    places: Sequence[int],
) -> list[Group]:
    """Those that are shown, in no order."""
    rows = await tx.fetch(
        """
        SELECT account_id, object_id, kind, place, newest_id, first_id, count, actor_ids,
            newest_id <= coalesce(read_up_to, 0)
        FROM notification_groups LEFT JOIN notification_markers USING (account_id)
        WHERE (account_id, object_id, kind, place) IN (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[])
        ) AND count > 0
        """,
        account_ids,
        object_ids,
        kinds,
        places,
    )
    return [Group(*row) for row in rows]


async def select_further_actors(
    tx: Tx,
    *,
    account_id: int,
    place: int,
    object_ids: Sequence[int],
    kinds: Sequence[int],
    limit: int,
) -> list[tuple[int, int, int]]:
    """(object_id, kind, actor_id): some of those in each of these groups, whoever they are."""
    rows = await tx.fetch(
        """
        SELECT wanted.object_id, wanted.kind, found.actor_id
        FROM unnest($2::bigint[], $3::smallint[]) AS wanted (object_id, kind)
        CROSS JOIN LATERAL (
            SELECT actor_id FROM notification_actors AS known
            WHERE account_id = $1 AND known.object_id = wanted.object_id AND known.kind = wanted.kind
                AND place = $5 AND state = 0
            ORDER BY actor_id DESC LIMIT $4
        ) AS found
        """,
        account_id,
        object_ids,
        kinds,
        limit,
        place,
    )
    return [tuple(row) for row in rows]


async def select_actors(
    tx: Tx, *, account_id: int, object_id: int, kind: int, place: int, window: Window
) -> list[int]:
    """Of a group of many, by their ids."""
    rows = await tx.fetch(
        """
        (SELECT actor_id FROM notification_actors
         WHERE account_id = $1 AND object_id = $2 AND kind = $3 AND place = $4 AND state = 0
            AND NOT $7 AND actor_id < $5
         ORDER BY actor_id DESC LIMIT $6)
        UNION ALL
        (SELECT actor_id FROM notification_actors
         WHERE account_id = $1 AND object_id = $2 AND kind = $3 AND place = $4 AND state = 0
            AND $7 AND actor_id > $5
         ORDER BY actor_id LIMIT $6)
        """,
        account_id,
        object_id,
        kind,
        place,
        window.position,
        window.limit,
        window.is_back,
    )
    return [row["actor_id"] for row in rows]


async def select_notices(tx: Tx, *, account_id: int, ids: Sequence[int]) -> dict[int, str]:
    rows = await tx.fetch(
        "SELECT id, text FROM notices WHERE account_id = $1 AND id = ANY($2)", account_id, ids
    )
    return {row["id"]: row["text"] for row in rows}
