"""Whether stored counts equal their rows, and home pages an independent answer."""

from dataclasses import dataclass

from hubbub.platform.db import Tx

# Each kind of count beside the rows that it counts. Deleted posts count nowhere, and what is gone for good
# has no counts, though answers to it stay.
DRIFT = """
WITH stored AS (
    SELECT subject_id, kind, sum(value) AS value
    FROM (
        SELECT subject_id, kind, value FROM counts
        UNION ALL
        SELECT subject_id, kind, delta FROM count_deltas
    ) AS parts
    GROUP BY subject_id, kind
), actual AS (
    SELECT post_id AS subject_id, 1 AS kind, count(*) AS value FROM reactions WHERE kind = 1 GROUP BY 1
    UNION ALL
    SELECT parent_id, 2, count(*) FROM posts WHERE parent_id IS NOT NULL AND deleted_at IS NULL GROUP BY 1
    UNION ALL
    SELECT post_id, 3, count(*) FROM reactions WHERE kind = 2 GROUP BY 1
    UNION ALL
    SELECT quote_of, 4, count(*) FROM posts WHERE quote_of IS NOT NULL AND deleted_at IS NULL GROUP BY 1
    UNION ALL
    SELECT followee_id, 5, count(*) FROM follows GROUP BY 1
    UNION ALL
    SELECT follower_id, 6, count(*) FROM follows GROUP BY 1
    UNION ALL
    SELECT author_id, 7, count(*) FROM posts
    WHERE repost_of IS NULL AND deleted_at IS NULL GROUP BY 1
    UNION ALL
    SELECT post_id, 8, count(*) FROM poll_votes GROUP BY 1
    UNION ALL
    SELECT post_id, 10 + option, count(*) FROM poll_votes, generate_series(0, 7) AS option
    WHERE choices & (1 << option) <> 0 GROUP BY 1, 2
)
SELECT subject_id, kind, coalesce(stored.value, 0) AS stored, coalesce(actual.value, 0) AS actual
FROM stored FULL JOIN actual USING (subject_id, kind)
WHERE coalesce(stored.value, 0) <> coalesce(actual.value, 0)
  AND (subject_id IN (SELECT id FROM posts) OR subject_id IN (SELECT id FROM accounts))
"""

# A repost is no entry when an older one of the same post stands within the day before it.
HOME = """
WITH entries AS (
    SELECT p.id, p.repost_of, coalesce(p.repost_of, p.id) AS original
    FROM posts p
    LEFT JOIN posts target ON target.id = p.repost_of
    WHERE p.parent_id IS NULL AND p.deleted_at IS NULL
      AND (p.repost_of IS NULL OR target.deleted_at IS NULL)
      AND (p.author_id = $1 OR p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1))
)
SELECT id
FROM entries entry
WHERE repost_of IS NULL OR NOT EXISTS (
    SELECT FROM entries older
    WHERE older.original = entry.original
      AND older.id < entry.id AND older.id >= entry.id - (86400000::bigint << 22)
)
ORDER BY id DESC
LIMIT $2
"""


@dataclass(frozen=True)
class Drift:
    subject_id: int
    kind: int
    stored: int
    actual: int


async def find_drift(tx: Tx) -> list[Drift]:
    """Every count that is not the number of its rows."""
    return [Drift(**row) for row in await tx.fetch(DRIFT)]


async def home_by_sql(tx: Tx, account_id: int, limit: int) -> list[str]:
    """Ids of the home page of somebody who blocked and muted nobody; owes nothing to the feed's code."""
    return [str(row["id"]) for row in await tx.fetch(HOME, account_id, limit)]
