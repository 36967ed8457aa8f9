"""What people do with their notifications, and what other slices tell them."""

from collections.abc import Collection

from hubbub import posts
from hubbub.accounts import lock_account
from hubbub.graph import require_visible as require_account
from hubbub.notifications.asks import Ask
from hubbub.notifications.errors import BellNeedsFollow, NotificationNotFound
from hubbub.notifications.events import NotificationsRead
from hubbub.notifications.groups import ALL_KINDS, judge_groups
from hubbub.notifications.kinds import GroupKey, Kind, Place
from hubbub.notifications.preferences import (
    DeliveryPreferences,
    NotificationPreferences,
    NotificationPreferencesBody,
    merge,
    read_preferences,
    write_preferences,
)
from hubbub.notifications.queries import reading, removal, settings
from hubbub.notifications.queries.reading import Group
from hubbub.notifications.recording import tell
from hubbub.notifications.schemas import (
    MAX_NOTICE_CHARACTERS,
    MAX_UNREAD,
    BellView,
    MutedThreadView,
    UnreadView,
)
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.text.clean import clean_text
from hubbub.posts import PostNotFound, Reader

# What other slices tell through `notify`; all else follows from events.
BY_OTHERS = frozenset({Kind.MESSAGE_REQUEST, Kind.MODERATION})


async def notify(tx: Tx, *, account_id: int, kind: Kind, object_id: int, actor_id: int = 0) -> bool:
    """Tell an account of something once, within the transaction in which it happens.

    Whether it is told: not across a block, not by somebody muted or dropped by the account's policy.
    """
    if kind not in BY_OTHERS:
        raise ValueError(f"{kind.title} follows from events")
    return bool(await tell(tx, [Ask(account_id, object_id, actor_id, kind)]))


async def withdraw(tx: Tx, *, account_id: int, kind: Kind, object_id: int) -> None:
    """Take back what `notify` told, such as a message request that was answered. Told again, it is new."""
    await removal.delete_group(tx, account_id=account_id, object_id=object_id, kind=kind)


async def silence(tx: Tx, *, account_id: int, kind: Kind, object_id: int) -> None:
    """What `notify` told is not shown any more; told again, it is no news to anybody."""
    for place in Place:
        await removal.update_as_dismissed(
            tx, account_id=account_id, object_id=object_id, kind=kind, place=place
        )


async def send_notice(tx: Tx, *, account_id: int, text: str) -> int:
    """A word of the moderators to somebody; its id. Raises Invalid at `text`."""
    cleaned = clean_text(text, max_characters=MAX_NOTICE_CHARACTERS, field="text", required=True)
    notice_id = new_id()
    await settings.insert_notice(tx, account_id=account_id, id_=notice_id, text=cleaned)
    await notify(tx, account_id=account_id, kind=Kind.MODERATION, object_id=notice_id)
    return notice_id


async def mark_read(tx: Tx, *, account_id: int, up_to: int) -> None:
    """Move the marker of all the account's devices forward, at most to now; it never goes back."""
    moved = await settings.upsert_marker(tx, account_id=account_id, up_to=min(up_to, new_id()))
    if moved:
        await announce(tx, NotificationsRead(account_id=account_id, up_to=up_to))


async def count_unread(reader: Reader) -> UnreadView:
    """Groups that have grown since the marker and are shown, up to MAX_UNREAD; a bounded number of rows."""
    async with reader.services.db.connection() as tx:
        return await count_unread_in(tx, reader)


async def count_unread_in(tx: Tx, reader: Reader) -> UnreadView:
    """The same as a transaction sees it."""
    groups = await reading.select_unread(
        tx, account_id=reader.viewer.id, kinds=ALL_KINDS, limit=MAX_UNREAD + 1
    )
    shown = await judge_groups(reader, groups[:MAX_UNREAD])
    return UnreadView(
        count=len(shown),
        is_capped=len(groups) > MAX_UNREAD,
        up_to=str(groups[0].newest_id) if groups else None,
    )


async def load_group(tx: Tx, *, account_id: int, key: GroupKey) -> Group:
    """Raises NotificationNotFound."""
    found = await reading.select_groups_by_key(
        tx,
        account_ids=[account_id],
        object_ids=[key.object_id],
        kinds=[key.kind],
        places=[key.place],
    )
    if not found:
        raise NotificationNotFound(f"{key.name} of {account_id}")
    return found[0]


async def load_notification_preferences(tx: Tx, account_id: int) -> NotificationPreferences:
    bodies = await settings.select_preferences(tx, [account_id])
    return read_preferences(bodies.get(account_id))


async def load_delivery_preferences(tx: Tx, account_ids: Collection[int]) -> dict[int, DeliveryPreferences]:
    """Channels for each kind, and quiet hours, of all of these; one statement."""
    bodies = await settings.select_preferences(tx, sorted(account_ids))
    return {id_: DeliveryPreferences(read_preferences(bodies.get(id_))) for id_ in account_ids}


async def change_notification_preferences(
    tx: Tx, *, account_id: int, changes: NotificationPreferencesBody
) -> NotificationPreferences:
    """What is left out stays, also of changes made at the same time. Raises Invalid."""
    await lock_account(tx, account_id)
    merged = merge(await load_notification_preferences(tx, account_id), changes)
    await settings.upsert_preferences(tx, account_id=account_id, body=write_preferences(merged))
    return merged


async def ring_bell(tx: Tx, *, account_id: int, author_id: int) -> BellView:
    """Be told of every new post of somebody followed. Raises AccountNotFound, BellNeedsFollow."""
    facts = await require_account(tx, viewer_id=account_id, account_id=author_id)
    if not facts.relation(author_id).follows:
        raise BellNeedsFollow(f"{account_id} of {author_id}")
    await settings.insert_bell(tx, author_id=author_id, account_id=account_id)
    return BellView(id=str(author_id), bell=True)


async def silence_bell(tx: Tx, *, account_id: int, author_id: int) -> BellView:
    """May be repeated. Raises AccountNotFound for who is missing or hidden and did not ring."""
    if not await removal.delete_bell(tx, author_id=author_id, account_id=account_id):
        await require_account(tx, viewer_id=account_id, account_id=author_id)
    return BellView(id=str(author_id), bell=False)


async def mute_thread(tx: Tx, *, account_id: int, post_id: int) -> MutedThreadView:
    """Be told nothing more of the discussion that the post stands in. Raises PostNotFound."""
    root_id = await _find_root(tx, account_id=account_id, post_id=post_id)
    if root_id is None:
        raise PostNotFound(f"{post_id} for {account_id}")
    await settings.insert_muted_thread(tx, account_id=account_id, root_id=root_id)
    return MutedThreadView(root=str(root_id), muted=True)


async def unmute_thread(tx: Tx, *, account_id: int, post_id: int) -> MutedThreadView:
    """May be repeated, and for a root that is hidden by now. Raises PostNotFound."""
    root_id = await _find_root(tx, account_id=account_id, post_id=post_id)
    wanted = root_id or post_id
    was_muted = await settings.delete_muted_thread(tx, account_id=account_id, root_id=wanted)
    if root_id is None and not was_muted:
        raise PostNotFound(f"{post_id} for {account_id}")
    return MutedThreadView(root=str(wanted), muted=False)


async def _find_root(tx: Tx, *, account_id: int, post_id: int) -> int | None:
    """Of the post, or of what it passes on; None when the account may not see it."""
    around = await posts.hydrate(tx, viewer_id=account_id, post_ids=[post_id])
    found = around.find(post_id)
    original = around.original(found) if found else None
    return None if original is None else original.root_id or original.id
