"""Deleting posts: gone from every surface at once; rows that hang on them are removed by the worker."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hubbub.platform.db import Tx, note_change
from hubbub.platform.outbox import announce
from hubbub.posts.events import PostDeleted
from hubbub.posts.hydrate import load_posts
from hubbub.posts.queries import parts, polls
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.posts import Post
from hubbub.posts.service.edit import lock_own_post
from hubbub.posts.service.press import counted
from hubbub.reactions import remove_repost, unpin_posts


async def delete_post(tx: Tx, *, post_id: int, account_id: int) -> None:
    """Delete the account's own post; deleting a repost takes it back.

    Raises NotYourPost for one that the account may only see, else PostNotFound.
    """
    post = await lock_own_post(tx, post_id=post_id, account_id=account_id)
    if post.repost_of is not None:
        target = (await load_posts(tx, [post.repost_of])).get(post.repost_of)
        await remove_repost(
            tx,
            post_id=post.repost_of,
            author_id=target.author_id if target else 0,
            account_id=account_id,
        )
    await delete_posts(tx, [post])


async def delete_posts(tx: Tx, posts: Sequence[Post]) -> None:
    """Delete posts of anyone, each with its share of the counts; those already deleted are passed over.

    Nothing hangs on a repost, so its row goes; that of a written post stays for the comments below it.
    """
    reposts = [post.id for post in posts if post.repost_of is not None]
    written = [post.id for post in posts if post.repost_of is None]
    new = await queries.delete_posts(tx, reposts) if reposts else set()
    if written:
        new |= await queries.update_as_deleted(tx, post_ids=written, at=datetime.now(UTC))
    gone = [post for post in posts if post.id in new]
    comments = [(post.parent_id, post.id) for post in gone if post.parent_id is not None]
    if written:
        await parts.delete_tags(tx, written)
    if any(post.poll for post in posts):
        await polls.delete_open(tx, written)
    await unpin_posts(tx, post_ids=[*reposts, *written])
    if comments:
        parents, ids = zip(*comments, strict=True)
        await parts.delete_ranks(tx, parent_ids=parents, post_ids=ids)
    deltas = [delta for post in gone for delta in counted(post, -1)]
    await announce(tx, *map(_deleted, gone), counts=deltas)
    note_change("post", *(post.id for post in gone))
    note_change("author", *(post.author_id for post in gone))


def _deleted(post: Post) -> PostDeleted:
    return PostDeleted(
        post_id=post.id,
        author_id=post.author_id,
        parent_id=post.parent_id,
        quote_of=post.quote_of,
        repost_of=post.repost_of,
    )
