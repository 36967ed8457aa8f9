"""Counts measured against the rows they count, and mended where they differ, while everything goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hubbub.platform.counters import CountKind
from hubbub.platform.db import Database, Tx, note_change

BATCH = 100
LOCK_KEY = 0x48_75_62_62_75_63


@dataclass(frozen=True, slots=True)
class Mended:
    """`difference` is what was missing, or too much when it is negative."""

    subject_id: int
    kind: CountKind
    difference: int


async def recount(db: Database, on_progress: Callable[[int], None]) -> list[Mended]:
    """Go through all posts and accounts, a batch a transaction; `on_progress` gets how many are done."""
    mended: list[Mended] = []
    done = position = 0
    while True:
        async with db.connection() as tx:
            ids = await select_subjects(tx, position=position, limit=BATCH)
        if not ids:
            return mended
        mended += await db.write(partial(_mend, subject_ids=ids))
        done, position = done + len(ids), ids[-1]
        on_progress(done)


async def _mend(tx: Tx, *, subject_ids: Sequence[int]) -> list[Mended]:
    """The lock is for the sake of a second recount, which would add the same difference once more."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
    mended = await insert_differences(tx, subject_ids)
    note_change("counts", *{each.subject_id for each in mended})
    return mended


async def select_subjects(tx: Tx, *, position: int, limit: int) -> list[int]:
    """Ids of whatever is counted for, in their order."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT $2)
        UNION ALL
        (SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2)
        ORDER BY id LIMIT $2
        """,
        position,
        limit,
    )
    return [row["id"] for row in rows]


async def insert_differences(tx: Tx, subject_ids: Sequence[int]) -> list[Mended]:
    """Append what is missing. In one snapshot, as here, a verb has changed rows and count, or neither."""
    rows = await tx.fetch(
        """
        WITH actual AS (
            SELECT post_id AS subject_id, CASE kind WHEN 1 THEN 1 ELSE 3 END AS kind, count(*) AS value
            FROM reactions WHERE post_id = ANY($1::bigint[]) GROUP BY 1, 2
            UNION ALL
            SELECT parent_id, 2, count(*) FROM posts
            WHERE parent_id = ANY($1::bigint[]) AND deleted_at IS NULL GROUP BY 1
            UNION ALL
            SELECT quote_of, 4, count(*) FROM posts
            WHERE quote_of = ANY($1::bigint[]) AND deleted_at IS NULL GROUP BY 1
            UNION ALL
            SELECT followee_id, 5, count(*) FROM follows WHERE followee_id = ANY($1::bigint[]) GROUP BY 1
            UNION ALL
            SELECT follower_id, 6, count(*) FROM follows WHERE follower_id = ANY($1::bigint[]) GROUP BY 1
            UNION ALL
            SELECT author_id, 7, count(*) FROM posts
            WHERE author_id = ANY($1::bigint[]) AND repost_of IS NULL AND deleted_at IS NULL GROUP BY 1
            UNION ALL
            SELECT post_id, 8, count(*) FROM poll_votes WHERE post_id = ANY($1::bigint[]) GROUP BY 1
            UNION ALL
            SELECT post_id, 10 + option, count(*) FROM poll_votes, generate_series(0, 7) AS option
            WHERE post_id = ANY($1::bigint[]) AND choices & (1 << option) <> 0 GROUP BY 1, 2
        ), stored AS (
            SELECT subject_id, kind, sum(value) AS value
            FROM (
                SELECT subject_id, kind, value FROM counts WHERE subject_id = ANY($1::bigint[])
                UNION ALL
                SELECT subject_id, kind, delta FROM count_deltas WHERE subject_id = ANY($1::bigint[])
            ) AS parts
            GROUP BY subject_id, kind
        )
        INSERT INTO count_deltas (subject_id, kind, delta)
        SELECT subject_id, kind, coalesce(actual.value, 0) - coalesce(stored.value, 0)
        FROM stored FULL JOIN actual USING (subject_id, kind)
        WHERE coalesce(actual.value, 0) <> coalesce(stored.value, 0)
        RETURNING subject_id, kind, delta
        """,
        subject_ids,
    )
    return [Mended(row["subject_id"], CountKind(row["kind"]), row["delta"]) for row in rows]
