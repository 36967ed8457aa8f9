"""What hangs on a post: tags, former versions, and the order of comments by likes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class Revision:
    version: int
    text: str
    content_warning: str
    entities: str
    language: str | None
    created_at: datetime


async def insert_tags(tx: Tx, *, post_id: int, tags: Sequence[str]) -> None:
    await tx.execute(
        """
        INSERT INTO post_tags (tag, post_id)
        SELECT tag, $1 FROM unnest($2::text[]) AS new (tag)
        ON CONFLICT (tag, post_id) DO NOTHING
        """,
        post_id,
        tags,
    )


async def delete_tags(tx: Tx, post_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM post_tags WHERE post_id = ANY($1)", post_ids)


async def insert_revision(tx: Tx, *, post_id: int, revision: Revision) -> None:
    await tx.execute(
        """
        INSERT INTO post_revisions (post_id, version, content_warning, text, entities, language, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        post_id,
        revision.version,
        revision.content_warning,
        revision.text,
        revision.entities,
        revision.language,
        revision.created_at,
    )


async def select_revisions(
    tx: Tx, *, post_id: int, position: int, limit: int, is_back: bool
) -> list[Revision]:
    """Former versions, newest first (oldest first going back)."""
    rows = await tx.fetch(
        """
        (SELECT version, text, content_warning, entities, language, created_at FROM post_revisions
         WHERE NOT $4 AND post_id = $1 AND version < $2::bigint ORDER BY version DESC LIMIT $3)
        UNION ALL
        (SELECT version, text, content_warning, entities, language, created_at FROM post_revisions
         WHERE $4 AND post_id = $1 AND version > $2::bigint ORDER BY version LIMIT $3)
        """,
        post_id,
        position,
        limit,
        is_back,
    )
    return [Revision(*row) for row in rows]


async def update_revisions_without_account(tx: Tx, *, account_id: int, limit: int) -> int:
    """Take an account out of some versions that mention it, on post_revisions_entities_idx; how many."""
    status = await tx.execute(
        """
        UPDATE post_revisions
        SET entities = jsonb_set(entities, '{mentions}', (
            SELECT coalesce(jsonb_agg(mention ORDER BY place), '[]')
            FROM jsonb_array_elements(entities -> 'mentions') WITH ORDINALITY AS each (mention, place)
            WHERE mention ->> 'id' <> $1::bigint::text
        ))
        WHERE (post_id, version) IN (
            SELECT post_id, version FROM post_revisions
            WHERE entities @> format('{"mentions": [{"id": "%s"}]}', $1::bigint)::jsonb
            LIMIT $2
        )
        """,
        account_id,
        limit,
    )
    return int(status.rpartition(" ")[2])


async def delete_revisions(tx: Tx, post_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM post_revisions WHERE post_id = ANY($1)", post_ids)


async def update_ranks(
    tx: Tx, *, parent_ids: Sequence[int], post_ids: Sequence[int], likes: Sequence[int]
) -> None:
    """Each comment of these gets the number of likes at the same place."""
    await tx.execute(
        """
        UPDATE comment_ranks AS ranks
        SET likes = new.likes
        FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS new (parent_id, post_id, likes)
        WHERE ranks.parent_id = new.parent_id AND ranks.post_id = new.post_id AND ranks.likes <> new.likes
        """,
        parent_ids,
        post_ids,
        likes,
    )


async def delete_ranks(tx: Tx, *, parent_ids: Sequence[int], post_ids: Sequence[int]) -> None:
    """Of these comments, each with its parent at the same place."""
    await tx.execute(
        """
        DELETE FROM comment_ranks AS ranks
        USING unnest($1::bigint[], $2::bigint[]) AS gone (parent_id, post_id)
        WHERE ranks.parent_id = gone.parent_id AND ranks.post_id = gone.post_id
        """,
        parent_ids,
        post_ids,
    )


async def delete_ranks_below(tx: Tx, parent_ids: Sequence[int]) -> None:
    """Of all comments on posts that are gone for good."""
    await tx.execute("DELETE FROM comment_ranks WHERE parent_id = ANY($1)", parent_ids)
