"""Candidates of the feed of a list, in scan order."""

from hubbub.lists.queries.lists import ListReplies
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window
from hubbub.posts import Candidate


async def select_top_posts(tx: Tx, *, owner_id: int, list_id: int, window: Window) -> list[Candidate]:
    """Posts, reposts and quotes by the members, without comments.

    Takes the newest few of each on posts_author_top_idx and merges them, as the home feed does.
    """
    rows = await tx.fetch(
        """
        WITH members AS (
            SELECT member_id AS id FROM current_list_members WHERE owner_id = $1 AND list_id = $2
        )
        (SELECT latest.id
         FROM members CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = members.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id < $3
             ORDER BY p.id DESC LIMIT $4
         ) AS latest
         WHERE NOT $5
         ORDER BY latest.id DESC LIMIT $4)
        UNION ALL
        (SELECT latest.id
         FROM members CROSS JOIN LATERAL (
             SELECT p.id FROM posts p
             WHERE p.author_id = members.id AND p.parent_id IS NULL AND p.deleted_at IS NULL AND p.id > $3
             ORDER BY p.id LIMIT $4
         ) AS latest
         WHERE $5
         ORDER BY latest.id LIMIT $4)
        """,
        owner_id,
        list_id,
        window.position,
        window.limit,
        window.is_back,
    )
    return [Candidate(row["id"], row["id"]) for row in rows]


async def select_posts_and_comments(
    tx: Tx, *, owner_id: int, list_id: int, replies: ListReplies, window: Window
) -> list[Candidate]:
    """The same with comments, on posts_author_idx.

    A comment that answers somebody else than `replies` says keeps its place in the scan but names no
    post: so the cost follows the length of the page, whomever the members talk to.
    """
    rows = await tx.fetch(
        """
        WITH members AS (
            SELECT member_id AS id FROM current_list_members WHERE owner_id = $1 AND list_id = $2
        ), latest AS (
            (SELECT newer.id, newer.parent_id
             FROM members CROSS JOIN LATERAL (
                 SELECT p.id, p.parent_id FROM posts p
                 WHERE p.author_id = members.id AND p.deleted_at IS NULL AND p.id < $3
                 ORDER BY p.id DESC LIMIT $4
             ) AS newer
             WHERE NOT $5
             ORDER BY newer.id DESC LIMIT $4)
            UNION ALL
            (SELECT older.id, older.parent_id
             FROM members CROSS JOIN LATERAL (
                 SELECT p.id, p.parent_id FROM posts p
                 WHERE p.author_id = members.id AND p.deleted_at IS NULL AND p.id > $3
                 ORDER BY p.id LIMIT $4
             ) AS older
             WHERE $5
             ORDER BY older.id LIMIT $4)
        )
        SELECT latest.id,
            latest.parent_id IS NULL
            OR parent.author_id = $1
            OR ($6 = 'list' AND parent.author_id IN (SELECT id FROM members))
            OR (
                $6 = 'followed'
                AND parent.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)
            ) AS is_in
        FROM latest LEFT JOIN posts parent ON parent.id = latest.parent_id
        ORDER BY CASE WHEN $5 THEN latest.id ELSE -latest.id END
        """,
        owner_id,
        list_id,
        window.position,
        window.limit,
        window.is_back,
        replies,
    )
    return [Candidate(row["id"], row["id"] if row["is_in"] else 0) for row in rows]
