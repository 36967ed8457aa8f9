"""What reactors write. Everything comes sorted by its key, so that nobody waits in a ring."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.platform.db import Tx


class ActorColumns(NamedTuple):
    """Who did what that concerns whom, by columns."""

    account_ids: list[int]
    object_ids: list[int]
    actor_ids: list[int]
    kinds: list[int]


class Grown(NamedTuple):
    """A group after it has begun or changed."""

    account_id: int
    object_id: int
    kind: int
    place: int
    size: int
    newest_id: int
    actor_id: int


async def upsert_groups(
    tx: Tx, actors: ActorColumns, *, places: Sequence[int], ids: Sequence[int]
) -> list[Grown]:
    """Add people to their groups, each once for ever, and show those again who had taken it back.

    A group of one person is made once and never grows. Answers with the groups that are other than before;
    `newest_id` is one of `ids` where somebody is new. Kinds 1, 4, 6 and 7 are groups of many.
    """
    rows = await tx.fetch(
        """
        WITH asked (account_id, object_id, actor_id, kind, place, id) AS MATERIALIZED (
            SELECT * FROM unnest(
                $1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[]
            )
        ), added AS (
            INSERT INTO notification_actors (account_id, object_id, actor_id, kind, place)
            SELECT account_id, object_id, actor_id, kind, place FROM asked WHERE kind IN (1, 4, 6, 7)
            ON CONFLICT (account_id, object_id, actor_id, kind) DO NOTHING
            RETURNING account_id, object_id, actor_id, kind, place
        ), again AS (
            UPDATE notification_actors AS known SET state = 0 FROM asked
            WHERE known.account_id = asked.account_id AND known.object_id = asked.object_id
                AND known.actor_id = asked.actor_id AND known.kind = asked.kind AND known.state = 1
            RETURNING known.account_id, known.object_id, known.actor_id, known.kind, known.place
        ), shown AS (
            SELECT account_id, object_id, actor_id, kind, added.place, id
            FROM added JOIN asked USING (account_id, object_id, actor_id, kind)
            UNION ALL SELECT account_id, object_id, actor_id, kind, place, 0 FROM again
            UNION ALL
            SELECT account_id, object_id, actor_id, kind, place, id FROM asked
            WHERE kind NOT IN (1, 4, 6, 7) AND NOT EXISTS (
                SELECT FROM notification_groups AS known
                WHERE known.account_id = asked.account_id AND known.object_id = asked.object_id
                    AND known.kind = asked.kind
            )
        )
        INSERT INTO notification_groups AS known
            (account_id, object_id, newest_id, first_id, count, kind, place, actor_ids)
        SELECT account_id, object_id, max(id), min(id), count(*), kind, place,
            (array_agg(actor_id ORDER BY id DESC, actor_id))[1:8]
        FROM shown
        GROUP BY account_id, object_id, kind, place
        ORDER BY account_id, object_id, kind, place
        ON CONFLICT (account_id, object_id, kind, place) DO UPDATE
        SET newest_id = greatest(known.newest_id, excluded.newest_id), count = known.count + excluded.count,
            actor_ids = (excluded.actor_ids || known.actor_ids)[1:8]
        WHERE known.kind IN (1, 4, 6, 7)
        RETURNING account_id, object_id, kind, place, count, newest_id, actor_ids[1] AS actor_id
        """,
        *actors,
        places,
        ids,
    )
    return [Grown(*row) for row in rows]


async def update_as_taken_back(tx: Tx, actors: ActorColumns) -> None:
    """People who are in a group of many leave it; others are passed over."""
    await tx.execute(
        """
        WITH asked (account_id, object_id, actor_id, kind) AS MATERIALIZED (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[])
        ), gone AS (
            UPDATE notification_actors AS known SET state = 1 FROM asked
            WHERE known.account_id = asked.account_id AND known.object_id = asked.object_id
                AND known.actor_id = asked.actor_id AND known.kind = asked.kind AND known.state = 0
            RETURNING known.account_id, known.object_id, known.actor_id, known.kind, known.place
        ), smaller AS (
            SELECT account_id, object_id, kind, place, count(*) AS number, array_agg(actor_id) AS actor_ids
            FROM gone GROUP BY account_id, object_id, kind, place
        )
        UPDATE notification_groups AS known
        SET count = greatest(known.count - smaller.number, 0), actor_ids = ARRAY(
            SELECT actor_id FROM unnest(known.actor_ids) WITH ORDINALITY AS kept (actor_id, place)
            WHERE actor_id <> ALL(smaller.actor_ids) ORDER BY place
        )
        FROM smaller
        WHERE known.account_id = smaller.account_id AND known.object_id = smaller.object_id
            AND known.kind = smaller.kind AND known.place = smaller.place
        """,
        *actors,
    )


async def select_objects_of_actors(
    tx: Tx, pairs: Sequence[tuple[int, int]], *, kind: int, object_ids: Sequence[int]
) -> list[tuple[int, int, int]]:
    """(account_id, actor_id, object_id) of people who are, or were, in a group with one of these objects."""
    rows = await tx.fetch(
        """
        SELECT known.account_id, known.actor_id, known.object_id
        FROM unnest($1::bigint[], $2::bigint[]) AS asked (account_id, actor_id)
        CROSS JOIN unnest($4::bigint[]) AS wanted (object_id)
        JOIN notification_actors AS known
            ON known.account_id = asked.account_id AND known.object_id = wanted.object_id
                AND known.actor_id = asked.actor_id AND known.kind = $3
        ORDER BY known.object_id
        """,
        [account_id for account_id, _ in pairs],
        [actor_id for _, actor_id in pairs],
        kind,
        object_ids,
    )
    return [tuple(row) for row in rows]


async def select_settings(tx: Tx, account_ids: Sequence[int]) -> list[tuple[int, str | None]]:
    """(account_id, preferences) of who has some; a second row without, for who mutes some thread."""
    rows = await tx.fetch(
        """
        SELECT account_id, body::text AS body FROM notification_preferences WHERE account_id = ANY($1)
        UNION ALL
        SELECT account_id, NULL
        FROM unnest($1::bigint[]) AS asked (account_id)
        WHERE EXISTS (SELECT FROM muted_threads WHERE muted_threads.account_id = asked.account_id)
        """,
        account_ids,
    )
    return [tuple(row) for row in rows]


async def select_muted_threads(
    tx: Tx, *, account_ids: Sequence[int], root_ids: Sequence[int]
) -> set[tuple[int, int]]:
    """Those of these (account_id, root_id) that are muted."""
    rows = await tx.fetch(
        """
        SELECT account_id, root_id FROM muted_threads
        WHERE (account_id, root_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
        """,
        account_ids,
        root_ids,
    )
    return {(row["account_id"], row["root_id"]) for row in rows}


async def select_bell_slices(
    tx: Tx, *, author_ids: Sequence[int], after: Sequence[int], limit: int
) -> dict[int, list[int]]:
    """By the number, from 0, of what was asked for: the next accounts whose bell for the author is on."""
    rows = await tx.fetch(
        """
        SELECT wanted.number - 1 AS number, array_agg(slice.account_id) AS account_ids
        FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS wanted (author_id, after, number)
        CROSS JOIN LATERAL (
            SELECT account_id FROM bells
            WHERE author_id = wanted.author_id AND account_id > wanted.after
            ORDER BY account_id LIMIT $3
        ) AS slice
        GROUP BY wanted.number
        """,
        author_ids,
        after,
        limit,
    )
    return {row["number"]: sorted(row["account_ids"]) for row in rows}


async def delete_bells(tx: Tx, pairs: Sequence[tuple[int, int]]) -> int:
    """Of these (author_id, account_id); how many there were."""
    status = await tx.execute(
        """
        DELETE FROM bells
        WHERE (author_id, account_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
        """,
        [author_id for author_id, _ in pairs],
        [account_id for _, account_id in pairs],
    )
    return int(status.rpartition(" ")[2])
