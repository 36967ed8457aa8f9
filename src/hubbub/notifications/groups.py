"""From rows to what a client is shown: candidates → hydrate → rules → present, as lists of posts do it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from hubbub.notifications.judging import may_hear_of
from hubbub.notifications.kinds import CROWDS, KINDS, OF_POSTS, GroupKey, Kind, Place
from hubbub.notifications.queries import reading as queries
from hubbub.notifications.queries.reading import Group
from hubbub.platform.http import show_id_time
from hubbub.posts import Reader

ALL_KINDS = tuple(KINDS.values())
# Looked at when none of the newest people of a group may be shown.
FURTHER_ACTORS = 40
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as far as its reader may know of it."""

    group: Group
    actor_ids: Sequence[int]
    count: int

    @property
    def key(self) -> GroupKey:
        return key_of(self.group)

    @property
    def post_id(self) -> int:
        return self.group.object_id if self.group.kind in OF_POSTS else 0


def key_of(group: Group) -> GroupKey:
    return GroupKey(group.object_id, Kind(group.kind), Place(group.place))


async def judge_groups(reader: Reader, groups: Sequence[Group]) -> list[Shown]:
    """Those that may be shown now, in the same order, each without the people who may not."""
    await reader.hydrate(
        [group.object_id for group in groups if group.kind in OF_POSTS],
        account_ids={actor_id for group in groups for actor_id in group.actor_ids},
    )
    shown = [_judge(reader, group) for group in groups]
    starved = [each.group for each in shown if not each.actor_ids and each.group.kind in CROWDS]
    starved = [group for group in starved if group.size > len(group.actor_ids) and _has_post(reader, group)]
    if starved:
        further = await _further_actors(reader, starved)
        shown = [replace(each, actor_ids=further.get(key_of(each.group), each.actor_ids)) for each in shown]
    return [each for each in shown if _may_show(reader, each)]


async def show_groups(reader: Reader, shown: Sequence[Shown]) -> list[bytes]:
    """NotificationView as JSON."""
    presenter = await reader.present([each.post_id for each in shown if each.post_id])
    notices = await _load_notices(reader, shown)
    return [
        _show(
            each,
            cards=[reader.people[actor_id].json for actor_id in each.actor_ids],
            post=presenter.show(each.post_id) if each.post_id else None,
            text=notices.get(each.group.object_id),
        )
        for each in shown
    ]


def _judge(reader: Reader, group: Group) -> Shown:
    facts = reader.hydrated.facts
    seen = [id_ for id_ in group.actor_ids if may_hear_of(facts, id_)]
    return Shown(group, seen, max(group.size - len(group.actor_ids) + len(seen), len(seen)))


def _has_post(reader: Reader, group: Group) -> bool:
    return group.kind not in OF_POSTS or reader.hydrated.find(group.object_id) is not None


def _may_show(reader: Reader, shown: Shown) -> bool:
    is_about_somebody = bool(shown.actor_ids) or shown.group.kind == Kind.MODERATION
    return is_about_somebody and _has_post(reader, shown.group)


async def _further_actors(reader: Reader, groups: Sequence[Group]) -> dict[GroupKey, Sequence[int]]:
    """Of groups of one place, whose newest people may all not be shown."""
    async with reader.services.db.connection() as tx:
        rows = await queries.select_further_actors(
            tx,
            account_id=reader.viewer.id,
            place=groups[0].place,
            object_ids=[group.object_id for group in groups],
            kinds=[group.kind for group in groups],
            limit=FURTHER_ACTORS,
        )
    await reader.load_people({actor_id for _, _, actor_id in rows})
    facts = reader.hydrated.facts
    found: dict[GroupKey, Sequence[int]] = {}
    for group in groups:
        of_group = [
            id_ for object_id, kind, id_ in rows if (object_id, kind) == (group.object_id, group.kind)
        ]
        found[key_of(group)] = [id_ for id_ in of_group if may_hear_of(facts, id_)][:8]
    return found


async def _load_notices(reader: Reader, shown: Sequence[Shown]) -> dict[int, str]:
    ids = [each.group.object_id for each in shown if each.group.kind == Kind.MODERATION]
    if not ids:
        return {}
    async with reader.services.db.connection() as tx:
        return await queries.select_notices(tx, account_id=reader.viewer.id, ids=ids)


def _show(shown: Shown, *, cards: Sequence[bytes], post: bytes | None, text: str | None) -> bytes:
    group, key = shown.group, shown.key
    is_request = key.kind is Kind.MESSAGE_REQUEST
    return (
        b'{"id":%b,"kind":%b,"count":%d,"accounts":[%b],"post":%b,"conversation_id":%b,"text":%b,'
        b'"created_at":%b,"updated_at":%b,"is_read":%b,"latest_id":"%d"}'
    ) % (
        _encode(key.name),
        _encode(key.kind.title),
        shown.count,
        b",".join(bytes(card) for card in cards),
        post or b"null",
        _encode(str(group.object_id) if is_request else None),
        _encode(text),
        _encode(show_id_time(group.first_id)),
        _encode(show_id_time(group.newest_id)),
        b"true" if group.is_read else b"false",
        group.newest_id,
    )
