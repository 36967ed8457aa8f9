"""Polls whose end has not been announced."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def delete_open(tx: Tx, post_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM open_polls WHERE post_id = ANY($1)", post_ids)


async def delete_ended(tx: Tx, *, grace_seconds: float, limit: int) -> list[int]:
    """Take some that ended so long ago, on open_polls_ends_idx; their posts, of which some may be gone."""
    rows = await tx.fetch(
        """
        DELETE FROM open_polls
        WHERE post_id IN (
            SELECT post_id FROM open_polls
            WHERE ends_at < now() - make_interval(secs => $1) ORDER BY ends_at LIMIT $2
        )
        RETURNING post_id
        """,
        grace_seconds,
        limit,
    )
    return [row["post_id"] for row in rows]
