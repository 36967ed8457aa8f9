"""Removing for good, in bounded batches, what an account wrote and did, and what hangs on deleted posts."""

from collections.abc import Collection
from datetime import datetime

from hubbub.platform.counters import delete_counts
from hubbub.platform.db import Tx, note_change
from hubbub.platform.outbox import announce
from hubbub.posts.events import MentionsLeft, PostRemnantsLeft, PurgedPostsLeft, PurgedReactionsLeft
from hubbub.posts.queries import parts
from hubbub.posts.queries import posts as queries
from hubbub.posts.service.ranking import rank_comments
from hubbub.posts.service.remove import delete_posts
from hubbub.reactions import delete_account_reactions, delete_post_reactions

BATCH = 200


async def purge_posts(tx: Tx, *, account_id: int) -> int:
    """Remove one batch of an account's posts and return how many; what is left is announced."""
    batch = await queries.select_author_batch(tx, author_id=account_id, limit=BATCH)
    ids = [post.id for post in batch]
    if batch:
        await delete_posts(tx, batch)
        await delete_post_reactions(tx, post_ids=ids)
        await parts.delete_ranks_below(tx, ids)
        await queries.delete_posts(tx, ids)
        note_change("post", *ids)
    if len(batch) == BATCH:
        await announce(tx, PurgedPostsLeft(account_id=account_id))
    else:
        ids.append(account_id)
    await delete_counts(tx, ids)
    return len(batch)


async def purge_reactions(tx: Tx, *, account_id: int) -> None:
    """Take back one batch of what an account did to posts; what is left is announced."""
    purged = await delete_account_reactions(tx, account_id=account_id)
    await rank_comments(tx, purged.post_ids)
    if purged.has_more:
        await announce(tx, PurgedReactionsLeft(account_id=account_id))


async def forget_mentions(tx: Tx, *, account_id: int) -> None:
    """Take an account out of one batch of the posts that mention or answer it; what is left is announced."""
    posts = await queries.update_without_account(tx, account_id=account_id, limit=BATCH)
    revisions = await parts.update_revisions_without_account(tx, account_id=account_id, limit=BATCH)
    note_change("post", *posts)
    if BATCH in (len(posts), revisions):
        await announce(tx, MentionsLeft(account_id=account_id))


async def remove_remnants(tx: Tx, *, post_ids: Collection[int]) -> None:
    """Delete one batch of the reposts of deleted posts; what is left is announced."""
    reposts = await queries.select_repost_batch(tx, target_ids=sorted(set(post_ids)), limit=BATCH)
    await delete_posts(tx, reposts)
    if len(reposts) == BATCH:
        targets = {post.repost_of for post in reposts if post.repost_of is not None}
        await announce(tx, *(PostRemnantsLeft(post_id=id_) for id_ in sorted(targets)))


async def scrub_posts(tx: Tx, *, deleted_before: datetime) -> int:
    """Forget the words of one batch of deleted posts, and who reacted; return how many.

    The row stays, since the comments on it need to know who may see their root.
    """
    ids = await queries.update_scrubbed(tx, deleted_before=deleted_before, limit=BATCH)
    if ids:
        await parts.delete_revisions(tx, ids)
        await delete_post_reactions(tx, post_ids=ids)
        note_change("post", *ids)
    return len(ids)
