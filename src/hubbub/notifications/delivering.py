"""Live frames: groups that have grown, and markers that have moved, to whoever may be connected."""

import asyncio
from collections.abc import Collection, Sequence

import msgspec

from hubbub.notifications.events import NotificationAdded, NotificationReturned
from hubbub.notifications.groups import Shown, judge_groups, show_groups
from hubbub.notifications.kinds import OF_POSTS, GroupKey, parse_group
from hubbub.notifications.queries import reading, settings
from hubbub.notifications.queries.reading import Group
from hubbub.notifications.schemas import UnreadView
from hubbub.notifications.service import count_unread
from hubbub.platform.db import Tx
from hubbub.platform.live import LiveLog, Told
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps
from hubbub.platform.valkey import ValkeyRefused, ValkeyUnavailable
from hubbub.posts import Reader, open_reader_with

# Readers whose groups are shown at the same time; each may need a connection to the database.
AT_ONCE = 8

_encode = msgspec.json.Encoder().encode


async def tell_groups(
    services: Services, tx: Tx, events: Sequence[NotificationAdded | NotificationReturned]
) -> None:
    """One frame for each group, as it stands now, judged once more. Raises Unavailable."""
    log = services.part(LiveLog)
    wanted = [event for event in events if isinstance(event, NotificationReturned) or event.is_in_app]
    listening = set(await log.among(sorted({event.account_id for event in wanted})))
    newest = {(e.account_id, e.group_id): e for e in wanted if e.account_id in listening}
    if not newest:
        return
    groups: dict[int, list[Group]] = {}
    keys = [(e.account_id, key) for e in newest.values() if (key := parse_group(e.group_id)) is not None]
    for group in await _load_groups(tx, keys):
        groups.setdefault(group.account_id, []).append(group)
    await _warm(services, [group for found in groups.values() for group in found])
    told: list[Told] = []
    accounts = list(groups)
    for start in range(0, len(accounts), AT_ONCE):
        some = accounts[start : start + AT_ONCE]
        for views in await asyncio.gather(*(_show(services, id_, groups[id_]) for id_ in some)):
            told += views
    await log.tell(told)


async def _warm(services: Services, groups: Sequence[Group]) -> None:
    """What all of them show comes into the caches of the process together, not for each reader by itself."""
    nobody = await open_reader_with(services, 0, None, is_direct=not services.changes.is_listening)
    post_ids = {group.object_id for group in groups if group.kind in OF_POSTS}
    await nobody.hydrate(post_ids, account_ids={id_ for group in groups for id_ in group.actor_ids})
    await nobody.load_tallies(post_ids)


async def _show(services: Services, account_id: int, groups: Sequence[Group]) -> list[Told]:
    reader = await _open_reader(services, account_id)
    shown = await judge_groups(reader, groups)
    views = await show_groups(reader, shown)
    return [_told(each, view) for each, view in zip(shown, views, strict=True)]


async def tell_markers(services: Services, account_ids: Collection[int]) -> None:
    """How far an account has read, and what is unread still, to its own devices. Raises Unavailable."""
    log = services.part(LiveLog)
    told: list[Told] = []
    for account_id in await log.among(sorted(account_ids)):
        unread = await count_unread(await _open_reader(services, account_id))
        async with services.db.connection() as tx:
            up_to = await settings.select_marker(tx, account_id)
        data = {"marker": "notifications", "up_to": str(up_to), "unread": unread.count}
        told.append(Told(account_id, "marker", _encode(data), key=f"notifications:{up_to}"))
    await log.tell(told)


async def render_groups_for(services: Services, account_id: int, names: Collection[str]) -> dict[str, bytes]:
    """Groups of the account as its list shows them now, by name; what it may not see is left out."""
    keys = [key for name in sorted(names) if (key := parse_group(name)) is not None]
    reader = await _open_reader(services, account_id)
    async with services.db.connection() as tx:
        groups = await _load_groups(tx, [(account_id, key) for key in keys])
    shown = await judge_groups(reader, groups)
    views = await show_groups(reader, shown)
    return {each.key.name: view for each, view in zip(shown, views, strict=True)}


async def count_unread_of(services: Services, account_id: int) -> UnreadView:
    """As the account would be shown it."""
    return await count_unread(await _open_reader(services, account_id))


def _told(shown: Shown, view: bytes) -> Told:
    group = shown.group
    return Told(
        group.account_id,
        "notification",
        view,
        key=str(group.newest_id),
        about=tuple(shown.actor_ids[:1]),
        post_id=shown.post_id,
    )


async def _load_groups(tx: Tx, keys: Sequence[tuple[int, GroupKey]]) -> list[Group]:
    return await reading.select_groups_by_key(
        tx,
        account_ids=[account_id for account_id, _ in keys],
        object_ids=[key.object_id for _, key in keys],
        kinds=[key.kind for _, key in keys],
        places=[key.place for _, key in keys],
    )


async def _open_reader(services: Services, account_id: int) -> Reader:
    """As for a request of the account."""
    stamp, is_direct = None, not services.changes.is_listening
    if not is_direct:
        try:
            stamp = await services.part(Stamps).look(account_id)
        except (ValkeyUnavailable, ValkeyRefused):
            is_direct = True
    return await open_reader_with(services, account_id, stamp, is_direct=is_direct)
