"""Events, written in the same transaction as the change they announce: one row for each consumer."""

from collections.abc import Iterator
from typing import ClassVar

import msgspec

from hubbub.platform.db import Tx, note_announcement
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import queries

LANES = 32
# 2^64 divided by the golden ratio: multiplying spreads ids, which differ in few bits, over all lanes.
_SPREAD = 0x9E37_79B9_7F4A_7C15


class Event(msgspec.Struct, frozen=True, tag=True):
    """Base of every domain event.

    A subclass says by class variables which field holds the id of its aggregate (events of one
    aggregate are handled in order) and which consumers want it. Its name is what is stored, so a
    renamed class is a new event, and a new field needs a default for rows written before it.
    """

    aggregate: ClassVar[str]
    consumers: ClassVar[tuple[str, ...]]


def aggregate_id(event: Event) -> int:
    value: int = getattr(event, event.aggregate)
    return value


def lane_of(aggregate: int) -> int:
    """The same lane for the same aggregate, in every process and for ever."""
    return ((aggregate * _SPREAD) & 0xFFFF_FFFF_FFFF_FFFF) >> 59


async def announce(tx: Tx, *events: Event) -> None:
    """Queue events, all in one statement; workers see them once the caller's transaction commits."""
    rows = list(_rows(events))
    if rows:
        await queries.insert_events(tx, rows=rows)
        note_announcement()


def _rows(events: tuple[Event, ...]) -> Iterator[queries.NewRow]:
    for event in events:
        id_, lane = new_id(), lane_of(aggregate_id(event))
        body = msgspec.json.encode(event).decode()
        for consumer in event.consumers:
            yield queries.NewRow(lane, consumer, id_, type(event).__name__, body)
