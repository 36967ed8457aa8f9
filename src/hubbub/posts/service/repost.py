"""Passing a post on, and taking that back."""

from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.posts.errors import PostNotFound, RepostNotAllowed
from hubbub.posts.events import PostCreated
from hubbub.posts.hydrate import hydrate
from hubbub.posts.queries import posts as queries
from hubbub.posts.queries.posts import Post
from hubbub.posts.service.publish import is_open
from hubbub.posts.service.remove import delete_posts
from hubbub.reactions import record_repost, remove_repost
from hubbub.visibility import ReplyPolicy, Visibility


async def repost_post(tx: Tx, *, post_id: int, account_id: int) -> Post:
    """Pass a post on to one's followers; return the post passed on. A second time changes nothing.

    Raises PostNotFound, RepostNotAllowed.
    """
    around = await hydrate(tx, viewer_id=account_id, post_ids=[post_id])
    found = around.find(post_id)
    target = around.original(found) if found else None
    if target is None:
        raise PostNotFound(f"{post_id} for {account_id}")
    if target.author_id != account_id and not is_open(around, target):
        raise RepostNotAllowed(f"{post_id} for {account_id}")
    repost = _pointing_at(target, account_id)
    is_new = await record_repost(
        tx,
        post_id=target.id,
        author_id=target.author_id,
        account_id=account_id,
        repost_id=repost.id,
    )
    if is_new:
        await queries.insert_post(tx, repost)
        await announce(
            tx,
            PostCreated(
                post_id=repost.id,
                author_id=account_id,
                visibility=repost.visibility,
                repost_of=target.id,
            ),
        )
        note_change("author", account_id)
    return target


async def unrepost_post(tx: Tx, *, post_id: int, account_id: int) -> Post:
    """Take a repost back; return the post that it pointed at. Without one nothing changes.

    Raises PostNotFound.
    """
    around = await hydrate(tx, viewer_id=account_id, post_ids=[post_id])
    found = around.find(post_id)
    target = around.original(found) if found else None
    if target is None:
        raise PostNotFound(f"{post_id} for {account_id}")
    repost_id = await remove_repost(tx, post_id=target.id, author_id=target.author_id, account_id=account_id)
    if repost_id is not None:
        repost = await queries.select_own_post_for_update(tx, post_id=repost_id, author_id=account_id)
        await delete_posts(tx, [repost] if repost else [])
    return target


def _pointing_at(target: Post, account_id: int) -> Post:
    return Post(
        id=new_id(),
        author_id=account_id,
        root_id=None,
        parent_id=None,
        quote_of=None,
        repost_of=target.id,
        between_ids=None,
        visibility=Visibility.PUBLIC,
        reply_policy=ReplyPolicy.EVERYONE,
        version=1,
        edited_at=None,
        deleted_at=None,
        language=None,
        content_warning="",
        text="",
        entities="{}",
        audience=(),
    )
