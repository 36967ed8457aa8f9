"""Counts of posts folded in the background, and comments kept in the order of their likes."""

from collections.abc import Collection

from hubbub.platform.counters import CountKind, fold_counts, select_counts
from hubbub.platform.db import Tx
from hubbub.posts.queries import parts
from hubbub.posts.queries import posts as queries


async def fold_post_counts(tx: Tx, subject_ids: Collection[int]) -> None:
    """Fold what is pending for posts and authors. Repeating it changes nothing."""
    if subject_ids:
        await fold_counts(tx, sorted(set(subject_ids)))


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
