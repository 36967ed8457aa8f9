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


async def select_voters(tx: Tx, *, post_id: int, after: int, limit: int) -> list[int]:
    """Accounts in the order of their ids, on the key."""
    rows = await tx.fetch(
        """
        SELECT account_id FROM poll_votes
        WHERE post_id = $1 AND account_id > $2 ORDER BY account_id LIMIT $3
        """,
        post_id,
        after,
        limit,
    )
    return [row["account_id"] for row in rows]


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
