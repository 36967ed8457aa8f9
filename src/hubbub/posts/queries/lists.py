"""Candidates of the lists of posts: ids only, in scan order, not yet judged by the rule of who may see what.

Each statement has a part for either direction, of which the planner drops one.
"""

from typing import NamedTuple

from hubbub.platform.db import Tx


class Candidate(NamedTuple):
    """A post that may belong on a page; `position`, with `rank` where a list has one, is its place.

    A `post_id` of 0 is a place in the scan whose post is known not to belong there.
    """

    position: int
    post_id: int
    rank: int = 0


async def select_comments(
    tx: Tx, *, parent_id: int, position: int, limit: int, is_ascending: bool
) -> list[Candidate]:
    """On posts_parent_idx."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts
         WHERE NOT $4 AND parent_id = $1 AND deleted_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id FROM posts
         WHERE $4 AND parent_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3)
        """,
        parent_id,
        position,
        limit,
        is_ascending,
    )
    return [Candidate(row["id"], row["id"]) for row in rows]


async def select_top_comments(
    tx: Tx, *, parent_id: int, likes: int, position: int, limit: int, is_back: bool
) -> list[Candidate]:
    """Most liked first, on comment_ranks_top_idx."""
    rows = await tx.fetch(
        """
        (SELECT post_id, likes FROM comment_ranks
         WHERE NOT $5 AND parent_id = $1 AND (likes, post_id) < ($2::bigint, $3)
         ORDER BY likes DESC, post_id DESC LIMIT $4)
        UNION ALL
        (SELECT post_id, likes FROM comment_ranks
         WHERE $5 AND parent_id = $1 AND (likes, post_id) > ($2::bigint, $3)
         ORDER BY likes, post_id LIMIT $4)
        """,
        parent_id,
        likes,
        position,
        limit,
        is_back,
    )
    return [Candidate(row["post_id"], row["post_id"], row["likes"]) for row in rows]


async def select_author_posts(
    tx: Tx, *, author_id: int, position: int, limit: int, is_back: bool
) -> list[Candidate]:
    """Everything an author wrote or reposted, comments included, on posts_author_idx."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts
         WHERE NOT $4 AND author_id = $1 AND deleted_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id FROM posts
         WHERE $4 AND author_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3)
        """,
        author_id,
        position,
        limit,
        is_back,
    )
    return [Candidate(row["id"], row["id"]) for row in rows]


async def select_author_top_posts(
    tx: Tx, *, author_id: int, position: int, limit: int, is_back: bool
) -> list[Candidate]:
    """The same without comments, on posts_author_top_idx."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts
         WHERE NOT $4 AND author_id = $1 AND parent_id IS NULL AND deleted_at IS NULL AND id < $2
         ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id FROM posts
         WHERE $4 AND author_id = $1 AND parent_id IS NULL AND deleted_at IS NULL AND id > $2
         ORDER BY id LIMIT $3)
        """,
        author_id,
        position,
        limit,
        is_back,
    )
    return [Candidate(row["id"], row["id"]) for row in rows]


async def select_quotes(tx: Tx, *, post_id: int, position: int, limit: int, is_back: bool) -> list[Candidate]:
    """On posts_quote_idx."""
    rows = await tx.fetch(
        """
        (SELECT id FROM posts
         WHERE NOT $4 AND quote_of = $1 AND deleted_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id FROM posts
         WHERE $4 AND quote_of = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3)
        """,
        post_id,
        position,
        limit,
        is_back,
    )
    return [Candidate(row["id"], row["id"]) for row in rows]
