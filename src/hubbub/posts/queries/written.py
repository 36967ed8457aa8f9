"""Writing posts down with all that goes with them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hubbub.platform.db import Tx
from hubbub.platform.outbox import NewRows
from hubbub.posts.queries.posts import Post


class NewTags(NamedTuple):
    """Columns of `post_tags`."""

    tags: list[str]
    post_ids: list[int]


async def insert_posts(
    tx: Tx, posts: Sequence[Post], *, tags: NewTags, announced: NewRows, announced_ids: Sequence[int]
) -> None:
    """With their tags, ranks, shares of counts, and events; `announced_ids` says of which post each speaks.

    All hangs on the rows that were not there, so that writing them again, for want of an answer, changes
    nothing. A subject gets one delta of a kind, however many posts add to it.
    """
    await tx.execute(
        """
        WITH written AS (
            INSERT INTO posts (id, author_id, root_id, parent_id, quote_of, between_ids, visibility,
                               reply_policy, language, content_warning, text, entities, audience, poll)
            SELECT id, author_id, root_id, parent_id, quote_of, between_ids::bigint[], visibility,
                   reply_policy, language, content_warning, text, entities::jsonb, audience::bigint[],
                   poll::jsonb
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                        $7::smallint[], $8::smallint[], $9::text[], $10::text[], $11::text[], $12::text[],
                        $13::text[], $14::text[])
                AS new (id, author_id, root_id, parent_id, quote_of, between_ids, visibility,
                        reply_policy, language, content_warning, text, entities, audience, poll)
            ON CONFLICT (id) DO NOTHING
            RETURNING id, author_id, parent_id, quote_of, poll
        ), opened AS (
            INSERT INTO open_polls (post_id, ends_at)
            SELECT id, to_timestamp((poll->>'ends_at')::bigint / 1000.0) FROM written WHERE poll IS NOT NULL
        ), tagged AS (
            INSERT INTO post_tags (tag, post_id)
            SELECT new.tag, new.post_id FROM unnest($15::text[], $16::bigint[]) AS new (tag, post_id)
            JOIN written ON written.id = new.post_id
        ), ranked AS (
            INSERT INTO comment_ranks (parent_id, post_id)
            SELECT parent_id, id FROM written WHERE parent_id IS NOT NULL
        ), counted AS (
            INSERT INTO count_deltas (subject_id, kind, delta)
            SELECT subject_id, kind, count(*) FROM (
                SELECT author_id AS subject_id, 7 AS kind FROM written
                UNION ALL SELECT parent_id, 2 FROM written WHERE parent_id IS NOT NULL
                UNION ALL SELECT quote_of, 4 FROM written WHERE quote_of IS NOT NULL
            ) AS new GROUP BY subject_id, kind
        )
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        SELECT new.lane, new.consumer, new.id, new.kind, new.body::jsonb, now()
        FROM unnest($17::smallint[], $18::text[], $19::bigint[], $20::text[], $21::text[], $22::bigint[])
            AS new (lane, consumer, id, kind, body, post_id)
        JOIN written ON written.id = new.post_id
        """,
        *_columns(posts),
        *tags,
        *announced,
        announced_ids,
    )


def _columns(posts: Sequence[Post]) -> list[list[Any]]:
    rows = [
        (
            post.id,
            post.author_id,
            post.root_id,
            post.parent_id,
            post.quote_of,
            None if post.between_ids is None else _array(post.between_ids),
            post.visibility,
            post.reply_policy,
            post.language,
            post.content_warning,
            post.text,
            post.entities,
            _array(post.audience),
            post.poll,
        )
        for post in posts
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _array(ids: Iterable[int]) -> str:
    """As PostgreSQL writes it: arrays of different lengths do not fit into one array."""
    return "{" + ",".join(map(str, ids)) + "}"
