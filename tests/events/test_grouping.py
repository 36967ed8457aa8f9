from collections import defaultdict
from itertools import chain
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.db import Tx
from hubbub.platform.outbox import Event
from hubbub.platform.outbox.grouping import group
from hubbub.platform.outbox.reactions import Handlers
from tests.events.samples import SampleMuted, SampleRung


class SampleStruck(Event, frozen=True):
    aggregate: ClassVar[str] = "bell_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)
    bell_id: int
    number: int


async def ringing(tx: Tx, events: object) -> None: ...


async def muting(tx: Tx, events: object) -> None: ...


HANDLERS: dict[type[Event], Handlers] = {SampleRung: (ringing,), SampleMuted: (muting, ringing)}


def handlers_of(event_type: type[Event]) -> Handlers:
    return HANDLERS.get(event_type, ())


AnyEvent = st.builds(
    lambda cls, bell: (cls, bell), st.sampled_from([SampleRung, SampleMuted, SampleStruck]), st.integers(1, 4)
)


@given(st.lists(AnyEvent, max_size=40))
def test_each_aggregate_keeps_its_order_and_no_handled_event_is_lost(kinds: list[tuple[type, int]]) -> None:
    events = [cls(bell_id=bell, number=number) for number, (cls, bell) in enumerate(kinds)]

    handled = [event for _, grouped in group(events, handlers_of) for event in grouped]

    order: dict[int, list[int]] = defaultdict(list)
    for event in handled:
        order[event.bell_id].append(event.number)  # type: ignore[attr-defined]
    wanted = [event.number for event in events if not isinstance(event, SampleStruck)]
    assert sorted(chain.from_iterable(order.values())) == wanted
    assert all(numbers == sorted(numbers) for numbers in order.values())


def test_events_of_many_aggregates_become_few_groups() -> None:
    events: list[Event] = []
    for bell in range(100):
        events += [SampleRung(bell_id=bell, number=0), SampleMuted(bell_id=bell, number=1)]

    groups = group(events, handlers_of)

    assert [(handlers, len(grouped)) for handlers, grouped in groups] == [
        ((ringing,), 100),
        ((muting, ringing), 100),
    ]
