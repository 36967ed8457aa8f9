"""Server-sent events: a reply that does not end, delimited by the close of its connection."""

import asyncio

import msgspec

from hubbub.platform.live import Frame
from hubbub.platform.server.streams import Attach, Stream, Streams, retry_milliseconds

HEARTBEAT = b": ping\n\n"


class EventFeed(Stream):
    kind = "events"
    is_event_stream = True

    __slots__ = ("_heard",)

    def __init__(self, transport: asyncio.Transport, streams: Streams, host: str) -> None:
        super().__init__(transport, streams, host)
        self._heard = 0

    def open(self, head: bytes, attach: Attach, ahead: bytes) -> None:
        super().open(b"%bretry: %d\n\n" % (head, retry_milliseconds()), attach, ahead)

    def send(self, frame: Frame) -> None:
        if self._code:
            return
        self._streams.frames += 1
        self.transport.write(frame.sse)
        if self._is_full:
            self._fall_behind()

    def close(self, code: int, reason: str = "") -> None:
        if self._code:
            return
        data = msgspec.json.encode({"code": code, "reason": reason})
        self.transport.write(b"retry: %d\n%b" % (retry_milliseconds(), Frame(b"close", data).sse))
        self._end(code)
        self._linger()
        self.transport.close()

    def beat(self, _: float) -> None:
        """The kernel ends a connection whose other side takes nothing (TCP_USER_TIMEOUT)."""
        if not self._code:
            self.transport.write(HEARTBEAT)

    def data_received(self, data: bytes) -> None:
        """There is nothing more to ask on this connection."""
        self._heard += len(data)
        if self._heard > self._streams.limits.max_message_bytes:
            self.transport.abort()
