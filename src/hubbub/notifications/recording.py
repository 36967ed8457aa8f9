"""Notifications are made and taken back: once for each account, kind, actor and object."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from hubbub.graph import load_requests_among
from hubbub.notifications.asks import NO_OBJECT, Ask, Heard, asks_of
from hubbub.notifications.events import NotificationAdded, NotificationReturned
from hubbub.notifications.judging import load_grounds
from hubbub.notifications.kinds import OF_POSTS, GroupKey, Kind, Place
from hubbub.notifications.queries import recording as queries
from hubbub.notifications.queries.recording import ActorColumns, Grown
from hubbub.platform.db import Tx
from hubbub.platform.ids import first_id_at, new_id
from hubbub.platform.outbox import announce
from hubbub.reactions import ReactionKind, load_present

DAY_SECONDS = 86_400
# A follow taken back and given again within so many days is no news.
FOLLOW_DAYS = 7
# Within these a group that is there again is told, unless it was: much less than a live log knows that for.
RETURN_SECONDS = 60
REACTIONS = {Kind.LIKE: ReactionKind.LIKE, Kind.REPOST: ReactionKind.REPOST}


async def record(tx: Tx, events: Iterable[Heard]) -> None:
    """What these events tell, as things stand now, whatever the order in which they come."""
    asks = await _settle(tx, asks_of(events))
    await take_back(tx, [ask for ask, is_told in asks.items() if not is_told])
    await tell(tx, [ask for ask, is_told in asks.items() if is_told])


async def tell(tx: Tx, asks: Collection[Ask]) -> list[Ask]:
    """Judge and record; one event for each group that has somebody new. Returns what was let through."""
    if not asks:
        return []
    grounds = await load_grounds(tx, asks)
    places = {ask: place for ask in sorted(asks) if (place := grounds.place(ask)) is not None}
    if places:
        ids = [new_id() for _ in places]
        grown = await queries.upsert_groups(tx, _columns(places), places=list(places.values()), ids=ids)
        await announce(tx, *_added(grown, set(ids)), *_returned(grown, set(ids)))
    return list(places)


async def take_back(tx: Tx, asks: Collection[Ask]) -> None:
    """The actor leaves the group, which is not shown any more when nobody is left in it."""
    if asks:
        await queries.update_as_taken_back(tx, _columns(sorted(asks)))


def _added(grown: Iterable[Grown], new_ids: Collection[int]) -> list[NotificationAdded]:
    return [
        NotificationAdded(
            account_id=each.account_id,
            id=each.newest_id,
            group_id=GroupKey(each.object_id, Kind(each.kind), Place(each.place)).name,
            kind=Kind(each.kind).title,
            object_id=each.object_id,
            actor_id=each.actor_id or 0,
            count=each.size,
            post_id=each.object_id if each.kind in OF_POSTS else 0,
            is_in_app=each.place == Place.LIST,
        )
        for each in grown
        if each.newest_id in new_ids and each.place != Place.FILTERED
    ]


def _returned(grown: Iterable[Grown], new_ids: Collection[int]) -> list[NotificationReturned]:
    """Groups that were told of a moment ago, if anybody was in them then."""
    since = first_id_at(datetime.now(UTC) - timedelta(seconds=RETURN_SECONDS))
    return [
        NotificationReturned(
            account_id=each.account_id, group_id=GroupKey(each.object_id, Kind(each.kind), Place.LIST).name
        )
        for each in grown
        if each.newest_id not in new_ids and each.place == Place.LIST and each.newest_id >= since
    ]


def _columns(asks: Iterable[Ask]) -> ActorColumns:
    columns = ActorColumns([], [], [], [])
    for ask in asks:
        for column, value in zip(columns, ask, strict=True):
            column.append(value)
    return columns


async def _settle(tx: Tx, asks: Mapping[Ask, bool]) -> dict[Ask, bool]:
    """The same as rows say it is now, follows with their days. An event that failed comes late."""
    reactions = [ask for ask in asks if ask.kind in REACTIONS]
    requests = [ask for ask in asks if ask.kind is Kind.FOLLOW_REQUEST]
    present = await load_present(tx, [(a.object_id, a.actor_id, REACTIONS[a.kind]) for a in reactions])
    pending = await load_requests_among(tx, [(ask.actor_id, ask.account_id) for ask in requests])
    settled = {ask: is_told for ask, is_told in asks.items() if ask.kind is not Kind.FOLLOW}
    settled |= {a: (a.object_id, a.actor_id, REACTIONS[a.kind]) in present for a in reactions}
    settled |= {ask: (ask.actor_id, ask.account_id) in pending for ask in requests}
    return settled | await _with_days(tx, {a: told for a, told in asks.items() if a.kind is Kind.FOLLOW})


async def _with_days(tx: Tx, follows: Mapping[Ask, bool]) -> dict[Ask, bool]:
    """The day that a recent follow of the same two was told on, or else today."""
    if not follows:
        return {}
    today = int(datetime.now(UTC).timestamp()) // DAY_SECONDS
    found = await queries.select_objects_of_actors(
        tx,
        [(ask.account_id, ask.actor_id) for ask in follows],
        kind=Kind.FOLLOW,
        object_ids=range(today - FOLLOW_DAYS, today + 1),
    )
    days: dict[tuple[int, int], int] = {}
    for account_id, actor_id, day in found:
        days[account_id, actor_id] = day
    return {
        ask._replace(object_id=days.get((ask.account_id, ask.actor_id), today)): is_told
        for ask, is_told in follows.items()
        if ask.object_id == NO_OBJECT
    }
