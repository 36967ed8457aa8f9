"""Rows of `posts`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hubbub.platform.db import Tx


class Post(msgspec.Struct, frozen=True):
    """One row; the fields stand in the order of every column list below."""

    id: int
    author_id: int
    root_id: int | None
    parent_id: int | None
    quote_of: int | None
    repost_of: int | None
    between_ids: Sequence[int] | None
    visibility: int
    reply_policy: int
    version: int
    edited_at: datetime | None
    deleted_at: datetime | None
    language: str | None
    content_warning: str
    text: str
    entities: str
    audience: Sequence[int]
    poll: str | None = None
    """As `read_poll` reads it."""

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def ancestor_ids(self) -> tuple[int, ...]:
        """From the root down to the parent; none for a post that is no comment."""
        if self.root_id is None or self.parent_id is None:
            return ()
        last = () if self.parent_id == self.root_id else (self.parent_id,)
        return (self.root_id, *(self.between_ids or ()), *last)


async def select_posts(tx: Tx, post_ids: Sequence[int]) -> list[Post]:
    rows = await tx.fetch(
        """
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM posts
        WHERE id = ANY($1)
        """,
        post_ids,
    )
    return [Post(*row) for row in rows]


async def select_posts_and_related(tx: Tx, post_ids: Sequence[int]) -> list[Post]:
    """These posts, and the root, the quoted post and the target of each, as far as they exist."""
    rows = await tx.fetch(
        """
        WITH page AS MATERIALIZED (
            SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
                   reply_policy, version, edited_at, deleted_at, language, content_warning, text,
                   entities, audience, poll
            FROM posts WHERE id = ANY($1)
        )
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM page
        UNION ALL
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM posts
        WHERE id <> ALL($1) AND id IN (
            SELECT root_id FROM page UNION SELECT quote_of FROM page UNION SELECT repost_of FROM page
        )
        """,
        post_ids,
    )
    return [Post(*row) for row in rows]


async def select_own_post_for_update(tx: Tx, *, post_id: int, author_id: int) -> Post | None:
    """The author's post, held against other writers; None as well when it is deleted."""
    row = await tx.fetchrow(
        """
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM posts
        WHERE id = $1 AND author_id = $2 AND deleted_at IS NULL
        FOR UPDATE
        """,
        post_id,
        author_id,
    )
    return Post(*row) if row else None


async def select_author_batch(tx: Tx, *, author_id: int, limit: int) -> list[Post]:
    """Any of an author's posts, deleted ones too, on posts_author_idx."""
    rows = await tx.fetch(
        """
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM posts
        WHERE author_id = $1
        ORDER BY id DESC
        LIMIT $2
        """,
        author_id,
        limit,
    )
    return [Post(*row) for row in rows]


async def select_repost_batch(tx: Tx, *, target_ids: Sequence[int], limit: int) -> list[Post]:
    """Reposts of these posts that are not deleted yet, on posts_repost_idx."""
    rows = await tx.fetch(
        """
        SELECT id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
               reply_policy, version, edited_at, deleted_at, language, content_warning, text,
               entities, audience, poll
        FROM posts
        WHERE repost_of = ANY($1) AND deleted_at IS NULL
        LIMIT $2
        """,
        target_ids,
        limit,
    )
    return [Post(*row) for row in rows]


async def select_parents(tx: Tx, post_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(id, parent_id) of those that are comments and not deleted."""
    rows = await tx.fetch(
        """
        SELECT id, parent_id FROM posts
        WHERE id = ANY($1) AND parent_id IS NOT NULL AND deleted_at IS NULL
        """,
        post_ids,
    )
    return [(row["id"], row["parent_id"]) for row in rows]


async def insert_post(tx: Tx, post: Post) -> None:
    await tx.execute(
        """
        INSERT INTO posts (id, author_id, root_id, parent_id, quote_of, repost_of, between_ids, visibility,
                           reply_policy, language, content_warning, text, entities, audience)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        post.id,
        post.author_id,
        post.root_id,
        post.parent_id,
        post.quote_of,
        post.repost_of,
        post.between_ids,
        post.visibility,
        post.reply_policy,
        post.language,
        post.content_warning,
        post.text,
        post.entities,
        post.audience,
    )


async def update_post(tx: Tx, post: Post) -> None:
    """All that an edit can change; the caller holds the row."""
    await tx.execute(
        """
        UPDATE posts
        SET visibility = $2, reply_policy = $3, version = $4, edited_at = $5, language = $6,
            content_warning = $7, text = $8, entities = $9, audience = $10
        WHERE id = $1
        """,
        post.id,
        post.visibility,
        post.reply_policy,
        post.version,
        post.edited_at,
        post.language,
        post.content_warning,
        post.text,
        post.entities,
        post.audience,
    )


async def update_as_deleted(tx: Tx, *, post_ids: Sequence[int], at: datetime) -> set[int]:
    """Mark as deleted; return those that were not already."""
    rows = await tx.fetch(
        "UPDATE posts SET deleted_at = $2 WHERE id = ANY($1) AND deleted_at IS NULL RETURNING id",
        post_ids,
        at,
    )
    return {row["id"] for row in rows}


async def update_scrubbed(tx: Tx, *, deleted_before: datetime, limit: int) -> list[int]:
    """Empty some posts that were deleted before then, on posts_scrub_idx; return their ids."""
    rows = await tx.fetch(
        """
        UPDATE posts
        SET text = '', content_warning = '', entities = '{}', language = NULL, poll = NULL
        WHERE id IN (
            SELECT id FROM posts WHERE deleted_at < $1 AND text <> '' ORDER BY deleted_at LIMIT $2
        )
        RETURNING id
        """,
        deleted_before,
        limit,
    )
    return [row["id"] for row in rows]


async def update_without_account(tx: Tx, *, account_id: int, limit: int) -> list[int]:
    """Take an account out of some posts that it is in the audience of, on posts_audience_idx; their ids."""
    rows = await tx.fetch(
        """
        UPDATE posts
        SET audience = array_remove(audience, $1::bigint),
            entities = CASE WHEN entities ? 'mentions' THEN jsonb_set(entities, '{mentions}', (
                SELECT coalesce(jsonb_agg(mention ORDER BY place), '[]')
                FROM jsonb_array_elements(entities -> 'mentions') WITH ORDINALITY AS each (mention, place)
                WHERE mention ->> 'id' <> $1::bigint::text
            )) ELSE entities END
        WHERE id IN (
            SELECT id FROM posts WHERE audience @> ARRAY[$1::bigint] AND audience <> '{}' LIMIT $2
        )
        RETURNING id
        """,
        account_id,
        limit,
    )
    return [row["id"] for row in rows]


async def delete_posts(tx: Tx, post_ids: Sequence[int]) -> set[int]:
    """For good, with their revisions; return those that were there."""
    rows = await tx.fetch("DELETE FROM posts WHERE id = ANY($1) RETURNING id", post_ids)
    return {row["id"] for row in rows}
