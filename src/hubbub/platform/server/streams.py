"""What WebSockets and event streams have in common, and the one rhythm that all of them share."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any

from hubbub.platform.live import Frame, Listener, Outlet
from hubbub.platform.server.frames import ABNORMAL, GOING_AWAY, OUR_FAULT, SLOW_CONSUMER
from hubbub.platform.server.guard import CUT, NEVER, Guard, Step
from hubbub.platform.server.sockets import unread_bytes
from hubbub.platform.telemetry.metrics import Counts, counter, gauge

Attach = Callable[[Outlet], Listener]

log = logging.getLogger("hubbub.server")

OPEN = gauge("hubbub_streams", "Open streams.", ["kind"])
FRAMES = counter("hubbub_stream_frames_total", "Frames written to streams, pings left out.")
CLOSED = Counts("hubbub_streams_closed_total", "Streams that ended, by close code.", ["kind", "code"])
_KNOWN_CODES = frozenset((*range(1000, 1016), 4001, 4003, 4008, 4010, 4029, 4400))


class Streams:
    """Pings are spread: of `BEATS` parts of the streams one is due at a time."""

    BEATS = 25

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.limits = guard.limits
        self.connections: set[Any] = set()
        """All connections of the server, which waits for them when it stops."""
        self.frames = 0
        self.behind: dict[Stream, float] = {}
        """Those with more unsent than they may, and how much it was at the last sweep."""
        self._parts: list[set[Stream]] = [set() for _ in range(self.BEATS)]
        self._turn = 0
        self._beat = 0
        self._due_at = guard.now
        self._counted = 0
        guard.chores = self.chores

    def join(self, stream: "Stream") -> None:
        self._turn = (self._turn + 1) % self.BEATS
        stream.turn = self._turn
        self._parts[self._turn].add(stream)
        self.connections.add(stream)
        OPEN.labels(stream.kind).inc()

    def leave(self, stream: "Stream") -> None:
        self._parts[stream.turn].discard(stream)
        self.behind.pop(stream, None)
        OPEN.labels(stream.kind).dec()

    def chores(self, now: float) -> list[Step]:
        """What is due at a sweep of the guard."""
        FRAMES.inc(self.frames - self._counted)
        self._counted = self.frames
        steps: list[Step] = [(stream.catch_up, now) for stream in self.behind]
        pause = self.limits.ping_seconds / self.BEATS
        # After a halt of the process nobody is pinged twice.
        self._due_at = max(self._due_at, now - self.limits.ping_seconds + pause)
        while self._due_at <= now:
            self._due_at += pause
            self._beat = (self._beat + 1) % self.BEATS
            steps += [(stream.beat, now) for stream in self._parts[self._beat]]
        return steps


class Stream(asyncio.Protocol):
    """An open stream: no task, no timer, no queue. It is an `Outlet`, and closes its `Listener` once."""

    kind = ""
    is_event_stream = False
    is_waiting = False

    __slots__ = (
        "_code",
        "_host",
        "_is_full",
        "_listener",
        "_streams",
        "deadline",
        "missed",
        "transport",
        "turn",
    )

    def __init__(self, transport: asyncio.Transport, streams: Streams, host: str) -> None:
        self.transport = transport
        self.deadline = NEVER
        self.turn = 0
        self.missed = 0
        """Pings without a sign of life since."""
        self._streams = streams
        self._host = host
        self._code = 0  # once it is closing
        self._is_full = False  # the kernel takes no more for now, and neither does our buffer
        self._listener: Listener | None = None

    def open(self, head: bytes, attach: Attach, ahead: bytes) -> None:
        """`head` is that of the answer, `ahead` what the client has sent already."""
        self._streams.join(self)
        self.transport.write(head)
        try:
            self._listener = attach(self)
        except Exception:
            log.exception("attach raised")
            self.close(OUR_FAULT, "internal error")
        if self._streams.guard.is_stopping:
            self.shutdown()
        if ahead:
            self.data_received(ahead)

    # As an outlet

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._code else self.transport.get_write_buffer_size()

    def send(self, frame: Frame) -> None:
        raise NotImplementedError

    def close(self, code: int, reason: str = "") -> None:
        raise NotImplementedError

    # The server's

    def shutdown(self) -> None:
        """Called once when the server stops; all of them at once would come back at once."""
        self._streams.guard.is_stopping = True
        self._streams.guard.later((self.go_away, 0.0))

    def go_away(self, _: float) -> None:
        self.close(GOING_AWAY, "going away")

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False

    def eof_received(self) -> None:
        """The transport closes itself once all is written; a client that takes nothing more is cut."""
        if not self._code:
            self._end(ABNORMAL)
            self._linger()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._code:
            self._end(ABNORMAL)
        guard = self._streams.guard
        guard.open.discard(self)
        guard.release(self._host)
        self._streams.connections.discard(self)

    def beat(self, _: float) -> None:
        raise NotImplementedError

    def expire(self, deadline: float) -> None:
        if self.deadline == deadline:
            self.transport.abort()

    def keep_pace(self, elapsed: float) -> None:
        """Never asked: streams are not paced, they are cut when too much is unsent."""

    def catch_up(self, _: float) -> None:
        """A burst (a replay of what was missed) may take a while, as long as it gets less."""
        if self._code:
            return
        unsent, behind = unread_bytes(self.transport), self._streams.behind
        if unsent <= self._streams.limits.max_unsent_bytes:
            behind.pop(self, None)
        elif unsent >= behind.get(self, NEVER):
            self._cut_slow()
        else:
            behind[self] = unsent

    # Within

    def _fall_behind(self) -> None:
        """Called when something was written although the buffer is full."""
        limits, unsent = self._streams.limits, unread_bytes(self.transport)
        if unsent > limits.max_burst_bytes:
            self._cut_slow()
        elif unsent > limits.max_unsent_bytes:
            self._streams.behind.setdefault(self, NEVER)

    def _cut_slow(self) -> None:
        CUT.labels("stream").inc()
        self.close(SLOW_CONSUMER, "slow_consumer")

    def _end(self, code: int) -> None:
        """From here on nothing is written. The listener is told later: it may be in the middle of sending."""
        self._code = code
        self._streams.leave(self)
        CLOSED.add(self.kind, str(code) if code in _KNOWN_CODES else "other")
        self._streams.guard.loop.call_soon(self._tell)

    def _tell(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.closed(self._code)

    def _linger(self) -> None:
        """Give the client a moment for what is still on its way, then cut."""
        guard = self._streams.guard
        self.deadline = guard.after(guard.limits.linger_seconds)
        guard.open.add(self)


def retry_milliseconds() -> int:
    """When a client should come back: each at another moment."""
    return random.randint(2000, 8000)  # noqa: S311 - no secret
