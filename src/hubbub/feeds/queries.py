"""Candidates of feeds: ids only, in scan order. Reads follows, lists and posts in one statement a page."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def select_home(tx: Tx, *, viewer_id: int, position: int, limit: int, is_back: bool) -> list[int]:
    """Posts, reposts and quotes by the people followed and by oneself, without comments and without those
    who are on an exclusive list.

    Takes the newest few of each author on posts_author_top_idx and merges them: the cost follows the
    number of people followed, never how much they wrote.
    """
    rows = await tx.fetch(
        """
        WITH authors AS (
            SELECT followee_id AS id FROM follows WHERE follower_id = $1 AND followee_id NOT IN (
                SELECT m.member_id
                FROM lists l JOIN current_list_members m ON m.owner_id = $1 AND m.list_id = l.id
                WHERE l.owner_id = $1 AND l.is_exclusive
            )
            UNION ALL
            SELECT $1
        )
        (SELECT latest.id
         FROM authors CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id < $2
             ORDER BY p.id DESC LIMIT $3
         ) AS latest
         WHERE NOT $4
         ORDER BY latest.id DESC LIMIT $3)
        UNION ALL
        (SELECT latest.id
         FROM authors CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id > $2
             ORDER BY p.id LIMIT $3
         ) AS latest
         WHERE $4
         ORDER BY latest.id LIMIT $3)
        """,
        viewer_id,
        position,
        limit,
        is_back,
    )
    return [row["id"] for row in rows]


async def select_public(tx: Tx, *, position: int, limit: int, is_back: bool) -> list[int]:
    """Everyone's public posts without comments and reposts, on posts_public_idx."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts
         WHERE NOT $3 AND visibility = 0 AND parent_id IS NULL AND repost_of IS NULL AND deleted_at IS NULL
             AND id < $1
         ORDER BY id DESC LIMIT $2)
        UNION ALL
        (SELECT id FROM posts
         WHERE $3 AND visibility = 0 AND parent_id IS NULL AND repost_of IS NULL AND deleted_at IS NULL
             AND id > $1
         ORDER BY id LIMIT $2)
        """,
        position,
        limit,
        is_back,
    )
    return [row["id"] for row in rows]


async def select_tagged(tx: Tx, *, tag: str, position: int, limit: int, is_back: bool) -> list[int]:
    """Posts and comments that carry the hashtag, on the key of post_tags."""
    rows = await tx.fetch(
        """
        (SELECT post_id FROM post_tags
         WHERE NOT $4 AND tag = $1 AND post_id < $2 ORDER BY post_id DESC LIMIT $3)
        UNION ALL
        (SELECT post_id FROM post_tags
         WHERE $4 AND tag = $1 AND post_id > $2 ORDER BY post_id LIMIT $3)
        """,
        tag,
        position,
        limit,
        is_back,
    )
    return [row["post_id"] for row in rows]


async def select_reposts(tx: Tx, *, post_ids: Sequence[int], limit: int) -> list[tuple[int, int, int]]:
    """(original, id, author_id): the newest reposts of each post, on posts_repost_idx."""
    rows = await tx.fetch(
        """
        SELECT originals.id AS original, latest.id, latest.author_id
        FROM unnest($1::bigint[]) AS originals (id)
        CROSS JOIN LATERAL (
            SELECT p.id, p.author_id FROM posts p
            WHERE p.repost_of = originals.id AND p.deleted_at IS NULL
            ORDER BY p.id DESC LIMIT $2
        ) AS latest
        """,
        post_ids,
        limit,
    )
    return [tuple(row) for row in rows]


async def select_newest_home(
    tx: Tx, *, viewer_id: int, position: int, per_author: int, limit: int
) -> tuple[list[int], int]:
    """The newest ids older than the position, and the floor above which they are all there are; 0 for all.

    A few of each author tell how far back the page cannot reach; then only what is newer is merged, on
    posts_author_top_idx both times. So whoever follows many does not read a page of each.
    """
    rows = await tx.fetch(
        """
        WITH authors AS MATERIALIZED (
            SELECT followee_id AS id FROM follows WHERE follower_id = $1 AND followee_id NOT IN (
                SELECT m.member_id
                FROM lists l JOIN current_list_members m ON m.owner_id = $1 AND m.list_id = l.id
                WHERE l.owner_id = $1 AND l.is_exclusive
            )
            UNION ALL
            SELECT $1
        ),
        bound AS MATERIALIZED (
            SELECT CASE WHEN count(*) > $4 THEN min(few.id) ELSE 0 END AS id
            FROM (
                SELECT each.id
                FROM authors CROSS JOIN LATERAL (
                    SELECT p.id FROM posts p
                    WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL
                        AND p.id < $2
                    ORDER BY p.id DESC LIMIT $3
                ) AS each
                ORDER BY each.id DESC LIMIT $4 + 1
            ) AS few
        )
        SELECT newest.id
        FROM authors CROSS JOIN bound CROSS JOIN LATERAL (
            SELECT p.id FROM posts p
            WHERE p.author_id = authors.id AND p.parent_id IS NULL AND p.deleted_at IS NULL
                AND p.id < $2 AND p.id >= bound.id
            ORDER BY p.id DESC LIMIT $4 + 1
        ) AS newest
        ORDER BY newest.id DESC LIMIT $4 + 1
        """,
        viewer_id,
        position,
        per_author,
        limit,
    )
    ids = [row["id"] for row in rows]
    floor = ids[limit] if len(ids) > limit else 0
    return ids[:limit], floor
