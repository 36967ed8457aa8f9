"""SQL of votes in polls."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def insert_vote(
    tx: Tx, *, post_id: int, account_id: int, choices: int, id_: int, count_kinds: Sequence[int]
) -> bool:
    """With its share of the counts; False, and nothing of these, when the account has voted before."""
    return bool(
        await tx.fetchval(
            """
            WITH voted AS (
                INSERT INTO poll_votes (post_id, account_id, choices, id)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT (post_id, account_id) DO NOTHING
                RETURNING post_id
            ), counted AS (
                INSERT INTO count_deltas (subject_id, kind, delta)
                SELECT post_id, kind, 1 FROM voted CROSS JOIN unnest($5::smallint[]) AS new (kind)
            )
            SELECT true FROM voted
            """,
            post_id,
            account_id,
            choices,
            id_,
            count_kinds,
        )
    )


async def select_vote(tx: Tx, *, post_id: int, account_id: int) -> int:
    """The choices; 0 for no vote."""
    found: int | None = await tx.fetchval(
        "SELECT choices FROM poll_votes WHERE post_id = $1 AND account_id = $2", post_id, account_id
    )
    return found or 0


async def select_voters(
    tx: Tx, *, post_ids: Sequence[int], after: Sequence[int], limit: int
) -> dict[int, list[int]]:
    """By post, the next accounts after the one at the same place, on the key."""
    rows = await tx.fetch(
        """
        SELECT wanted.post_id, array_agg(slice.account_id) AS account_ids
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (post_id, after)
        CROSS JOIN LATERAL (
            SELECT account_id FROM poll_votes
            WHERE post_id = wanted.post_id AND account_id > wanted.after
            ORDER BY account_id LIMIT $3
        ) AS slice
        GROUP BY wanted.post_id
        """,
        post_ids,
        after,
        limit,
    )
    return {row["post_id"]: sorted(row["account_ids"]) for row in rows}


async def delete_some_votes(tx: Tx, *, account_id: int, limit: int) -> list[tuple[int, int]]:
    """Delete up to `limit` votes of an account; return (post_id, choices) of each."""
    rows = await tx.fetch(
        """
        DELETE FROM poll_votes
        WHERE account_id = $1 AND post_id IN (
            SELECT post_id FROM poll_votes WHERE account_id = $1 LIMIT $2
        )
        RETURNING post_id, choices
        """,
        account_id,
        limit,
    )
    return [(row["post_id"], row["choices"]) for row in rows]
