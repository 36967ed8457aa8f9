"""SQL of what viewers did to posts, beside the counts of these or alone."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def select_numbers(
    tx: Tx, *, viewer_id: int, post_ids: Sequence[int]
) -> list[tuple[int, int, int | None]]:
    """(post_id, kind, value): counts, as `select_counts` reads them, in rows with a value.

    Without a value it is what the viewer did, as `read_states` takes it.
    """
    rows = await tx.fetch(
        """
        SELECT subject_id AS post_id, kind, sum(value)::bigint AS value
        FROM (
            SELECT subject_id, kind, value FROM counts WHERE subject_id = ANY($2::bigint[])
            UNION ALL
            SELECT subject_id, kind, delta FROM count_deltas WHERE subject_id = ANY($2::bigint[])
        ) AS parts
        GROUP BY subject_id, kind
        UNION ALL
        SELECT post_id, kind, NULL FROM reactions WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, 0, NULL FROM bookmarks WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, -1, NULL FROM pins WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, 256 + choices, NULL FROM poll_votes WHERE account_id = $1 AND post_id = ANY($2)
        """,
        viewer_id,
        post_ids,
    )
    return [tuple(row) for row in rows]


async def select_states(tx: Tx, *, viewer_id: int, post_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(post_id, kind) of what the viewer did to these posts, as `read_states` takes it."""
    rows = await tx.fetch(
        """
        SELECT post_id, kind FROM reactions WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, 0 FROM bookmarks WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, -1 FROM pins WHERE account_id = $1 AND post_id = ANY($2)
        UNION ALL
        SELECT post_id, 256 + choices FROM poll_votes WHERE account_id = $1 AND post_id = ANY($2)
        """,
        viewer_id,
        post_ids,
    )
    return [tuple(row) for row in rows]


async def select_newest_states(tx: Tx, *, viewer_id: int, limit: int) -> list[tuple[int, int, int]]:
    """(post_id, kind, id): the newest `limit` of each kind, and all pins."""
    rows = await tx.fetch(
        """
        (SELECT post_id, kind, id FROM reactions
         WHERE account_id = $1 AND kind = 1 ORDER BY id DESC LIMIT $2)
        UNION ALL
        (SELECT post_id, kind, id FROM reactions
         WHERE account_id = $1 AND kind = 2 ORDER BY id DESC LIMIT $2)
        UNION ALL
        (SELECT post_id, 0, id FROM bookmarks WHERE account_id = $1 ORDER BY id DESC LIMIT $2)
        UNION ALL
        (SELECT post_id, -1, id FROM pins WHERE account_id = $1)
        UNION ALL
        (SELECT post_id, 256 + choices, id FROM poll_votes WHERE account_id = $1 ORDER BY id DESC LIMIT $2)
        """,
        viewer_id,
        limit,
    )
    return [tuple(row) for row in rows]
