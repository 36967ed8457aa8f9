from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hubbub.accounts import AccountNotFound
from hubbub.errors import FieldError, Invalid
from hubbub.graph import Edge, PersonView, list_people
from hubbub.notifications import service
from hubbub.notifications.errors import BellNeedsFollow, NotificationNotFound
from hubbub.notifications.groups import ALL_KINDS, Shown, judge_groups, show_groups
from hubbub.notifications.judging import may_hear_of
from hubbub.notifications.kinds import CROWDS, KINDS, GroupKey, Kind, Place, parse_group
from hubbub.notifications.preferences import NotificationPreferences, NotificationPreferencesBody
from hubbub.notifications.queries import reading as queries
from hubbub.notifications.queries.reading import Group
from hubbub.notifications.removal import dismiss_notification as dismiss
from hubbub.notifications.schemas import (
    BellView,
    MutedThreadView,
    NotificationsQuery,
    NotificationView,
    ReadBody,
    UnreadView,
)
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes, parse_id
from hubbub.platform.paging import BadCursor, Page, Slice, Window, fill_slice
from hubbub.posts import PostNotFound, Reader, ask_ahead, open_reader

routes = Routes("Notifications")


@routes.get("/v1/notifications", returns=Page[NotificationView], errors=[BadCursor, Invalid], ahead=ask_ahead)
async def list_notifications(request: Request, query: NotificationsQuery) -> Reply:
    """What others did that concerns you, latest first.

    Likes and reposts of one post, follows of one day, and pending follow requests stand together.
    """
    kinds = _kinds(query)
    place = Place.FILTERED if query.filtered else Place.LIST
    window = request.window(query.cursor, query.limit)
    reader = await open_reader(request)

    async def fetch(part: Window) -> Sequence[Group]:
        async with request.db.connection() as tx:
            return await queries.select_groups(
                tx, account_id=request.viewer.id, place=place, kinds=kinds, window=part
            )

    async def keep(groups: Sequence[Group]) -> list[tuple[int, Shown]]:
        return [(each.group.newest_id, each) for each in await judge_groups(reader, groups)]

    found = await fill_slice(window, fetch, keep, lambda group: group.newest_id)
    views = await show_groups(reader, found.items)
    return request.join_page(window, Slice(views, found.first, found.last))


@routes.get("/v1/notifications/unread", returns=UnreadView, ahead=ask_ahead)
async def get_unread(request: Request) -> UnreadView:
    """How many notifications are unread: exact up to 100."""
    return await service.count_unread(await open_reader(request))


@routes.post("/v1/notifications/read", returns=UnreadView, errors=[Invalid])
async def read_notifications(request: Request, body: ReadBody) -> Reply:
    """Mark all as read up to one, on all your devices. The marker never goes back."""
    up_to = parse_id(body.up_to)
    if up_to is None:
        raise Invalid(errors=[FieldError("/up_to", "wrong_format", "must be an id")])

    reader = await open_reader(request)

    async def effect(tx: Tx) -> UnreadView:
        await service.mark_read(tx, account_id=request.viewer.id, up_to=up_to)
        return await service.count_unread_in(tx, reader)

    return await request.write(effect)


@routes.get("/v1/notifications/preferences", returns=NotificationPreferences)
async def get_notification_preferences(request: Request) -> NotificationPreferences:
    """What you want to be told, by which channel, by whom, and when not."""
    async with request.db.connection() as tx:
        return await service.load_notification_preferences(tx, request.viewer.id)


@routes.patch("/v1/notifications/preferences", returns=NotificationPreferences, errors=[Invalid])
async def update_notification_preferences(request: Request, body: NotificationPreferencesBody) -> Reply:
    """Change some; what is left out stays."""

    async def effect(tx: Tx) -> NotificationPreferences:
        return await service.change_notification_preferences(tx, account_id=request.viewer.id, changes=body)

    return await request.write(effect)


@routes.get(
    "/v1/notifications/{notification}",
    returns=NotificationView,
    errors=[NotificationNotFound],
    ahead=ask_ahead,
)
async def get_notification(request: Request, notification: str) -> Reply:
    """One notification, with those it is about now."""
    shown, reader = await _load_shown(request, _key(notification))
    [view] = await show_groups(reader, [shown])
    return Reply(view)


@routes.delete("/v1/notifications/{notification}", errors=[NotificationNotFound])
async def dismiss_notification(request: Request, notification: str) -> Reply:
    """Take a notification out of the list. Others who join it later bring it back, without those."""
    key = _key(notification)

    async def effect(tx: Tx) -> None:
        if not await dismiss(tx, account_id=request.viewer.id, key=key):
            raise NotificationNotFound(notification)

    return await request.write(effect)


@routes.get(
    "/v1/notifications/{notification}/accounts",
    returns=Page[PersonView],
    errors=[NotificationNotFound, BadCursor],
)
async def list_notification_accounts(
    request: Request, notification: str, query: PageQuery
) -> Page[PersonView]:
    """All whom a notification is about; who joined the site last comes first."""
    request.window(query.cursor, query.limit)
    key = _key(notification)
    shown, _ = await _load_shown(request, key)

    async def fetch(tx: Tx, window: Window) -> list[Edge]:
        if key.kind not in CROWDS:
            return [Edge(id_, id_) for id_ in shown.group.actor_ids if window.is_first and id_]
        found = await queries.select_actors(
            tx,
            account_id=request.viewer.id,
            object_id=key.object_id,
            kind=key.kind,
            place=key.place,
            window=window,
        )
        return [Edge(id_, id_) for id_ in found]

    return await list_people(request, query, fetch, may_show=may_hear_of)


@routes.put("/v1/accounts/{account_id}/bell", returns=BellView, errors=[AccountNotFound, BellNeedsFollow])
async def ring_bell(request: Request, account_id: int) -> Reply:
    """Be told of every new post of somebody whom you follow, until the follow ends."""
    viewer = request.viewer

    async def effect(tx: Tx) -> BellView:
        return await service.ring_bell(tx, account_id=viewer.id, author_id=account_id)

    return await request.write(effect)


@routes.delete("/v1/accounts/{account_id}/bell", returns=BellView, errors=[AccountNotFound])
async def silence_bell(request: Request, account_id: int) -> Reply:
    """Be told of their posts no more."""
    viewer = request.viewer

    async def effect(tx: Tx) -> BellView:
        return await service.silence_bell(tx, account_id=viewer.id, author_id=account_id)

    return await request.write(effect)


@routes.put("/v1/posts/{post_id}/mute-thread", returns=MutedThreadView, errors=[PostNotFound])
async def mute_thread(request: Request, post_id: int) -> Reply:
    """Be told nothing more of the discussion that a post stands in."""
    return await _change_thread(request, service.mute_thread, post_id)


@routes.delete("/v1/posts/{post_id}/mute-thread", returns=MutedThreadView, errors=[PostNotFound])
async def unmute_thread(request: Request, post_id: int) -> Reply:
    """Be told of the discussion again, from now on."""
    return await _change_thread(request, service.unmute_thread, post_id)


async def _change_thread(
    request: Request, verb: Callable[..., Awaitable[MutedThreadView]], post_id: int
) -> Reply:
    viewer = request.viewer

    async def effect(tx: Tx) -> Any:
        return await verb(tx, account_id=viewer.id, post_id=post_id)

    return await request.write(effect)


async def _load_shown(request: Request, key: GroupKey) -> tuple[Shown, Reader]:
    """Raises NotificationNotFound, alike for what is missing and what may not be shown."""
    reader = await open_reader(request)
    async with request.db.connection() as tx:
        group = await service.load_group(tx, account_id=request.viewer.id, key=key)
    shown = await judge_groups(reader, [group])
    if not shown:
        raise NotificationNotFound(key.name)
    return shown[0], reader


def _key(notification: str) -> GroupKey:
    key = parse_group(notification)
    if key is None:
        raise NotificationNotFound(notification[:60])
    return key


def _kinds(query: NotificationsQuery) -> list[Kind]:
    """Raises Invalid for kinds that there are not."""
    asked = _named(query.types, "types") if query.types is not None else list(ALL_KINDS)
    left_out = _named(query.exclude_types, "exclude_types") if query.exclude_types is not None else ()
    return [kind for kind in asked if kind not in left_out]


def _named(text: str, parameter: str) -> list[Kind]:
    found = {title: kind for title, kind in KINDS.items() if title in text.split(",")}
    if len(found) < len(set(text.split(","))):
        raise Invalid(errors=[FieldError(parameter, "unknown", f"are among {', '.join(KINDS)}")])
    return list(found.values())
