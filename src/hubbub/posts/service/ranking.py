"""Comments kept in the order of their likes."""

from collections.abc import Collection

from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.db import Tx
from hubbub.posts.queries import parts
from hubbub.posts.queries import posts as queries


async def rank_comments(tx: Tx, post_ids: Collection[int]) -> None:
    """Bring the ranks of those posts that are comments up to their likes. Repeating it changes nothing."""
    comments = await queries.select_parents(tx, sorted(set(post_ids))) if post_ids else []
    if not comments:
        return
    counts = await select_counts(tx, [id_ for id_, _ in comments])
    await parts.update_ranks(
        tx,
        parent_ids=[parent_id for _, parent_id in comments],
        post_ids=[id_ for id_, _ in comments],
        likes=[counts[id_][CountKind.LIKES] for id_, _ in comments],
    )
