"""One connection with many commands in flight: written as they come, answered in order."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import hiredis

from hubbub.platform.valkey.errors import ValkeyUnavailable

INCOMPLETE = object()
# Replies that arrived while the loop was busy are read before a deadline is called missed.
GRACE_SECONDS = 0.005


class Owner(Protocol):
    def link_answered(self, link: "Link") -> None: ...

    def link_lost(self, link: "Link", *, unanswered_batches: int) -> None: ...


def new_reader() -> hiredis.Reader:
    return hiredis.Reader(notEnoughData=INCOMPLETE)


class Link(asyncio.Protocol):
    """A missed deadline ends the connection: what would come next could not be told apart."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._reader = new_reader()
        self._transport: asyncio.Transport | None = None
        self._in_flight: deque[asyncio.Future[Any]] = deque()
        # One mark a batch: how many calls had been written with it, and when they must be answered.
        self._marks: deque[tuple[int, float]] = deque()
        self._written = 0
        self._answered = 0
        self._timer: asyncio.TimerHandle | None = None
        self._suspected_mark: tuple[int, float] | None = None
        self._reason = "connection lost"

    @property
    def is_usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(
        self, packed: Sequence[bytes], futures: Sequence[asyncio.Future[Any]], *, deadline: float
    ) -> None:
        """Write a batch that must be answered by `deadline` on the loop's clock."""
        if self._transport is None or self._transport.is_closing():
            _fail(futures, self._reason)
            return
        self._written += len(futures)
        self._marks.append((self._written, deadline))
        self._in_flight.extend(futures)
        self._transport.write(b"".join(packed))
        if self._timer is None or self._timer.when() > deadline:
            self._set_timer(deadline)

    def drop(self, reason: str) -> None:
        """Throw the connection away; everything in flight fails."""
        self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        reader, in_flight = self._reader, self._in_flight
        reader.feed(data)
        answered = 0
        try:
            while (reply := reader.gets()) is not INCOMPLETE:
                future = in_flight.popleft()
                answered += 1
                if not future.done():
                    future.set_result(reply)
        except (IndexError, hiredis.ProtocolError) as error:
            self.drop(f"not a Valkey reply: {error}")
        if answered:
            self._answered += answered
            self._owner.link_answered(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        unanswered = sum(1 for written, _ in self._marks if written > self._answered)
        _fail(self._in_flight, f"{self._reason}: {exc}" if exc else self._reason)
        self._in_flight.clear()
        self._owner.link_lost(self, unanswered_batches=unanswered)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._check_deadline)

    def _check_deadline(self) -> None:
        """One timer for all that is in flight: the oldest unanswered batch decides."""
        self._timer = None
        marks = self._marks
        while marks and marks[0][0] <= self._answered:
            marks.popleft()
        if not marks:
            return
        oldest, now = marks[0], self._loop.time()
        if oldest[1] > now:
            self._set_timer(oldest[1])
        elif oldest is not self._suspected_mark:
            self._suspected_mark = oldest
            self._set_timer(now + GRACE_SECONDS)
        else:
            self.drop("deadline missed")


def _fail(futures: Iterable[asyncio.Future[Any]], reason: str) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(ValkeyUnavailable(reason))
