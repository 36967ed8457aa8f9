"""Events, written in the same transaction as the change they announce: one row for each consumer."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from hubbub.platform.counters import CountDelta, add_counts
from hubbub.platform.db import Tx, note_announcement, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.queries import NewRows

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
    """Only those in which a reactor handles it: each costs a row in every announcement."""
    former_consumers: ClassVar[tuple[str, ...]] = ()
    """Whose rows, written by an earlier version, are taken off the outbox and dropped."""


def aggregate_id(event: Event) -> int:
    value: int = getattr(event, event.aggregate)
    return value


def lane_of(aggregate: int) -> int:
    """The same lane for the same aggregate, in every process and for ever."""
    return ((aggregate * _SPREAD) & 0xFFFF_FFFF_FFFF_FFFF) >> 59


async def announce(tx: Tx, *events: Event, counts: Sequence[CountDelta] = ()) -> None:
    """Queue events, all in one statement; workers see them once the caller's transaction commits.

    With `counts` the same statement does what `add_counts` does.
    """
    new = rows_of(*events)
    deltas = [delta for delta in counts if delta[2] != 0]
    if not new.ids:
        await add_counts(tx, deltas)
        return
    if deltas:
        subject_ids, kinds, changes = zip(*deltas, strict=True)
        await queries.insert_events_and_counts(tx, new, subject_ids=subject_ids, kinds=kinds, deltas=changes)
        note_change("counts", *subject_ids)
    else:
        await queries.insert_events(tx, new)
    note_announcement(new.consumers)


def rows_of(*events: Event) -> NewRows:
    """For a slice whose own statement adds them to the outbox; it says `note_announcement(new.consumers)`."""
    new = NewRows([], [], [], [], [])
    for event in events:
        if not event.consumers:
            continue
        id_, lane = new_id(), lane_of(aggregate_id(event))
        body = msgspec.json.encode(event).decode()
        for consumer in event.consumers:
            new.lanes.append(lane)
            new.consumers.append(consumer)
            new.ids.append(id_)
            new.kinds.append(type(event).__name__)
            new.bodies.append(body)
    return new
