"""Who reacts to what: the handlers of each consumer, registered in the worker's composition root."""

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox.events import Event

# In fact Callable[[Tx, Sequence[E]], Awaitable[None]] with E read from the handler's own annotation.
Handler = Callable[[Tx, Any], Awaitable[None]]
Handlers = tuple[Handler, ...]
CountsHandler = Callable[[Tx, Sequence[int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """An independent reader of the outbox: however slow or broken, it delays no other."""

    name: str
    batch: int = 500
    """Most events handled in one transaction."""
    lanes_at_once: int = 2
    """Lanes that a worker process handles at the same time."""
    seconds: float = 10.0
    """Longest that the handlers of one batch may take together."""
    is_durable: bool = False
    """Its commits wait for the disk, so that a crash of the database repeats little that cannot be undone."""
    gather_seconds: float = 0.01
    """How often a worker takes events while they keep coming: the more it finds, the less each costs.
    One that comes after a pause is taken at once."""


CONSUMERS = (
    # People wait for what it brings them.
    Consumer("deliver"),
    # Notifications among them, which are delivered next.
    Consumer("record"),
    Consumer("learn", lanes_at_once=1, gather_seconds=0.25),
    # One mail a transaction, so that a crash repeats at most one; a mail server may take its time.
    Consumer("mail", batch=1, seconds=60, is_durable=True),
    # It decides what is pushed to whom; sending waits for other people's servers, and holds no lane.
    Consumer("push", lanes_at_once=1),
)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job run every so often by one worker at a time. It must bear being cut and run again."""

    name: str
    every_seconds: float
    run: Callable[[Database], Awaitable[None]]
    within_seconds: float = 60.0
    """After this long it is cut, and another worker may begin it."""


class Reactions:
    """What this process does with events. A slice adds to it in `reactors.py`."""

    def __init__(self, consumers: Iterable[Consumer] = CONSUMERS) -> None:
        self.consumers = {consumer.name: consumer for consumer in consumers}
        self.periodic: list[Periodic] = []
        self.counts_handlers: list[CountsHandler] = []
        self._handlers: dict[str, dict[type[Event], Handlers]] = {c: {} for c in self.consumers}
        self._kinds: dict[str, type[Event]] = {}

    def on(self, consumer: str, handler: Handler) -> None:
        """Call `handler(tx, events)` with the events that its annotation `events: Sequence[A | B]` names.

        It gets them in order, in the transaction that takes them off the outbox: what it writes there
        happens exactly once, what it does elsewhere may happen again and must bear that. Types that
        change the same thing belong in one handler, which keeps their order and their batch together.
        """
        for event_type in _event_types(handler):
            if consumer not in event_type.consumers:
                raise ValueError(f"{event_type.__name__} is not announced to {consumer!r}")
            if self._kinds.setdefault(event_type.__name__, event_type) is not event_type:
                raise ValueError(f"two kinds of event are named {event_type.__name__}")
            handlers = self._handlers[consumer]
            handlers[event_type] = (*handlers.get(event_type, ()), handler)

    def on_counts(self, handler: CountsHandler) -> None:
        """Call `handler(tx, subject_ids)` about a second after counts of these changed, once for all changes.

        It runs in the transaction that folds them, so it sees them and costs nothing for each change.
        """
        self.counts_handlers.append(handler)

    def every(self, job: Periodic) -> None:
        self.periodic.append(job)

    def kinds(self, consumer: str) -> dict[str, type[Event]]:
        """What this process takes off the outbox for a consumer, by name.

        A kind that nobody here handles is taken and dropped; one that this process does not know at
        all comes from newer code and is left for it.
        """
        known = {
            cls.__name__: cls
            for cls in _subclasses(Event)
            if consumer in (*cls.consumers, *cls.former_consumers)
        }
        return known | {cls.__name__: cls for cls in self._handlers[consumer]}

    def handlers(self, consumer: str, event_type: type[Event]) -> Handlers:
        return self._handlers[consumer].get(event_type, ())


def _event_types(handler: Handler) -> tuple[type[Event], ...]:
    parameter = inspect.signature(handler, eval_str=True).parameters.get("events")
    annotation = parameter.annotation if parameter is not None else None
    members = typing.get_args(annotation)
    types = typing.get_args(members[0]) or members if members else ()
    is_right = typing.get_origin(annotation) is Sequence and types
    if not is_right or not all(isinstance(cls, type) and issubclass(cls, Event) for cls in types):
        raise TypeError(f"{handler} must have a parameter like `events: Sequence[PostLiked | PostUnliked]`")
    return types


def _subclasses(cls: type[Event]) -> Iterable[type[Event]]:
    for subclass in cls.__subclasses__():
        yield from _subclasses(subclass)
        if hasattr(subclass, "consumers"):
            yield subclass
