"""What is replayed shows no more than its readers would be shown now: messages are rendered anew, and
notifications where somebody or something in them may not be seen any more."""

import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from hubbub.messages import render_messages_for
from hubbub.notifications import render_groups_for
from hubbub.platform.http import parse_id
from hubbub.platform.live import Entry
from hubbub.platform.services import Services
from hubbub.posts import Hydrated
from hubbub.visibility import may_see_account

MESSAGES = (b"message", b"message.updated")
log = logging.getLogger("hubbub.stream")
T = TypeVar("T")


class _Message(msgspec.Struct, frozen=True):
    id: str
    conversation_id: str

    @property
    def key(self) -> tuple[int, int]:
        return parse_id(self.conversation_id) or 0, parse_id(self.id) or 0


class _News(msgspec.Struct, frozen=True):
    id: str
    name: str | None


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Post(msgspec.Struct, frozen=True):
    quote: _Named | None = None


class Notification(msgspec.Struct, frozen=True):
    """As much of a frame as says whom and what it shows."""

    id: str
    accounts: tuple[_Named, ...]
    post: _Post | None = None

    @property
    def account_ids(self) -> set[int]:
        return {parse_id(each.id) or 0 for each in self.accounts}

    @property
    def quote_id(self) -> int:
        quote = self.post.quote if self.post is not None else None
        return 0 if quote is None else parse_id(quote.id) or 0

    def is_seen(self, hydrated: Hydrated) -> bool:
        if self.quote_id and hydrated.find(self.quote_id) is None:
            return False
        facts = hydrated.facts
        return all(may_see_account(facts, id_) and not facts.relation(id_).blocks for id_ in self.account_ids)


def is_readable(entry: Entry) -> bool:
    """Whether it can be judged. What another version has told may be made otherwise; it is not replayed."""
    type_ = READ_AS.get(entry.type)
    if type_ is None:
        return True
    try:
        msgspec.json.decode(entry.data, type=type_)
    except msgspec.MsgspecError as error:
        log.warning("an event of type %s is not replayed: %s", entry.type.decode(), error)
        return False
    return True


def read_notifications(entries: Sequence[Entry]) -> dict[bytes, Notification]:
    """By the id of the event; all are readable."""
    return _read(entries, (b"notification",), Notification)


async def refresh_messages(services: Services, account_id: int, entries: Sequence[Entry]) -> list[Entry]:
    """As they are now, without those that were deleted for the account, or are of conversations that it is
    not in any more."""
    messages, news = _read(entries, MESSAGES, _Message), _read(entries, (b"conversation",), _News)
    if not messages and not news:
        return list(entries)
    keys = {each.key for each in messages.values()}
    conversations = {parse_id(each.id) or 0 for each in news.values() if each.name is not None}
    rendered, is_in = await render_messages_for(services, account_id, keys, conversations)
    shown: dict[bytes, bytes | None] = {id_: rendered.get(each.key) for id_, each in messages.items()}
    shown |= {
        id_: None
        for id_, each in news.items()
        if each.name is not None and (parse_id(each.id) or 0) not in is_in
    }
    return _replace(entries, shown)


async def refresh_notifications(
    services: Services, account_id: int, entries: Sequence[Entry], stale: Mapping[bytes, Notification]
) -> list[Entry]:
    """Those of these events as they are now, or without them when they are not shown any more."""
    if not stale:
        return list(entries)
    rendered = await render_groups_for(services, account_id, {each.id for each in stale.values()})
    return _replace(entries, {id_: rendered.get(each.id) for id_, each in stale.items()})


READ_AS: dict[bytes, type[msgspec.Struct]] = {
    b"notification": Notification,
    b"conversation": _News,
    **dict.fromkeys(MESSAGES, _Message),
}


def _replace(entries: Sequence[Entry], shown: Mapping[bytes, bytes | None]) -> list[Entry]:
    """With other data; None leaves one out."""
    data = [(entry, shown.get(entry.id, entry.data)) for entry in entries]
    return [entry._replace(data=text) for entry, text in data if text is not None]


def _read(entries: Sequence[Entry], types: Sequence[bytes], type_: type[T]) -> dict[bytes, T]:
    return {entry.id: msgspec.json.decode(entry.data, type=type_) for entry in entries if entry.type in types}
