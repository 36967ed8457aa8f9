"""Notifications that go: dismissed ones, those about posts that are gone, and all of purged accounts."""

from collections.abc import Mapping

from hubbub.notifications.events import DismissalLeft, NotificationRemnantsLeft, PostNotificationsLeft
from hubbub.notifications.kinds import CROWDS, GroupKey
from hubbub.notifications.queries import removal as queries
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce
from hubbub.posts import load_posts

BATCH = 500


async def dismiss_notification(tx: Tx, *, account_id: int, key: GroupKey) -> bool:
    """Take a group out of the list; who joins later brings it back, without those. False: there was none."""
    found = await queries.update_as_dismissed(
        tx, account_id=account_id, object_id=key.object_id, kind=key.kind, place=key.place
    )
    if found and key.kind in CROWDS:
        await mark_dismissed(tx, account_id=account_id, object_id=key.object_id, kind=key.kind)
    return found


async def mark_dismissed(tx: Tx, *, account_id: int, object_id: int, kind: int) -> None:
    """One batch of the people in a dismissed group; what is left is announced."""
    marked = await queries.update_some_as_dismissed(
        tx, account_id=account_id, object_id=object_id, kind=kind, at_most=BATCH
    )
    if marked == BATCH:
        await announce(tx, DismissalLeft(account_id=account_id, object_id=object_id, kind=kind))


async def remove_about_posts(tx: Tx, author_ids: Mapping[int, int]) -> None:
    """What was told of deleted posts, given with their authors, to those whom the posts name.

    Whose bell rang, and who voted in it, keeps a row, which is shown to nobody.
    """
    posts = await load_posts(tx, author_ids)
    told = {(author_id, post_id) for post_id, author_id in author_ids.items()}
    for post_id in author_ids:
        post = posts.get(post_id)
        quoted = posts.get(post.quote_of) if post is not None and post.quote_of is not None else None
        told |= {(account_id, post_id) for account_id in (post.audience if post is not None else ())}
        told |= {(quoted.author_id, post_id)} if quoted is not None else set()
    account_ids, object_ids = zip(*sorted(told), strict=True)
    await queries.delete_groups(tx, account_ids=account_ids, object_ids=object_ids)
    ids = sorted(author_ids)
    owners = [author_ids[post_id] for post_id in ids]
    removed = await queries.delete_some_actors(tx, account_ids=owners, object_ids=ids, at_most=BATCH)
    if len(removed) == BATCH:
        left = zip(ids, owners, strict=True)
        await announce(tx, *(PostNotificationsLeft(post_id=id_, author_id=owner) for id_, owner in left))


async def purge_account(tx: Tx, *, account_id: int) -> None:
    """One batch of what an account was told and of what was told of it; what is left is announced."""
    removed = [
        await queries.delete_some_of(tx, account_id=account_id, at_most=BATCH),
        await queries.delete_some_by(tx, actor_id=account_id, at_most=BATCH),
        await queries.delete_some_groups_by(tx, actor_id=account_id, at_most=BATCH),
    ]
    if max(removed) >= BATCH:
        await announce(tx, NotificationRemnantsLeft(account_id=account_id))
    else:
        await queries.delete_settings_of(tx, account_id=account_id)
