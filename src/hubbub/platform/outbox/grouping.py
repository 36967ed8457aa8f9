"""Batches within a batch: events for the same handlers together, without disturbing any aggregate's order."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from hubbub.platform.outbox.events import Event, aggregate_id
from hubbub.platform.outbox.reactions import Handlers


def group(
    events: Sequence[Event], handlers_of: Callable[[type[Event]], Handlers]
) -> list[tuple[Handlers, list[Event]]]:
    """Put each event into the first group of its handlers that is not before its aggregate's last one.

    Handled group by group, events of one aggregate keep their order; those of different aggregates may not.
    """
    groups: list[tuple[Handlers, list[Event]]] = []
    places: dict[Handlers, list[int]] = {}
    last: dict[int, int] = {}
    for event in events:
        handlers = handlers_of(type(event))
        if not handlers:
            continue
        aggregate = aggregate_id(event)
        mine = places.setdefault(handlers, [])
        index = bisect_left(mine, last.get(aggregate, 0))
        if index == len(mine):
            mine.append(len(groups))
            groups.append((handlers, []))
        last[aggregate] = mine[index]
        groups[mine[index]][1].append(event)
    return groups
