"""SQL of accounts that are not fanned out."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def insert_celebrities(tx: Tx, account_ids: Sequence[int]) -> list[int]:
    """Those that were none before."""
    rows = await tx.fetch(
        """
        INSERT INTO celebrities (account_id, since)
        SELECT id, clock_timestamp() FROM unnest($1::bigint[]) AS new (id)
        ON CONFLICT (account_id) DO NOTHING
        RETURNING account_id
        """,
        account_ids,
    )
    return [row["account_id"] for row in rows]


async def delete_celebrities(tx: Tx, account_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM celebrities WHERE account_id = ANY($1::bigint[])", account_ids)


async def select_celebrities(tx: Tx) -> dict[int, float]:
    """All of them, and for how many seconds each has been one, by the clock of the database."""
    rows = await tx.fetch(
        """
        SELECT account_id, extract(epoch FROM clock_timestamp() - since)::double precision AS seconds
        FROM celebrities
        """
    )
    return {row["account_id"]: row["seconds"] for row in rows}


async def select_followed_celebrities(tx: Tx, *, account_id: int) -> list[int]:
    """The few are looked up among the follows, not the other way round."""
    rows = await tx.fetch(
        """
        SELECT f.followee_id FROM follows f
        WHERE f.follower_id = $1 AND f.followee_id IN (SELECT c.account_id FROM celebrities c)
        """,
        account_id,
    )
    return [row["followee_id"] for row in rows]


async def select_newest_posts(tx: Tx, *, author_ids: Sequence[int], limit: int) -> dict[int, list[int]]:
    """Of each author, newest first, without comments; on posts_author_top_idx."""
    rows = await tx.fetch(
        """
        SELECT authors.id, array_agg(latest.id ORDER BY latest.id DESC) AS post_ids
        FROM unnest($1::bigint[]) AS authors (id)
        CROSS JOIN LATERAL (
            SELECT p.id FROM posts p
            WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL
            ORDER BY p.id DESC LIMIT $2
        ) AS latest
        GROUP BY authors.id
        """,
        author_ids,
        limit,
    )
    return {row["id"]: row["post_ids"] for row in rows}


async def select_posts_by(
    tx: Tx, *, author_ids: Sequence[int], position: int, limit: int, is_back: bool
) -> list[int]:
    """Of all the authors together, in the order of the scan, without comments; on posts_author_top_idx."""
    rows = await tx.fetch(
        """
        (SELECT latest.id
         FROM unnest($1::bigint[]) AS authors (id) CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id < $2
             ORDER BY p.id DESC LIMIT $3
         ) AS latest
         WHERE NOT $4
         ORDER BY latest.id DESC LIMIT $3)
        UNION ALL
        (SELECT latest.id
         FROM unnest($1::bigint[]) AS authors (id) CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id > $2
             ORDER BY p.id LIMIT $3
         ) AS latest
         WHERE $4
         ORDER BY latest.id LIMIT $3)
        """,
        author_ids,
        position,
        limit,
        is_back,
    )
    return [row["id"] for row in rows]
