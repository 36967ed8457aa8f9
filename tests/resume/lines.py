"""One connection to the stream as a client holds it, and the ways in which clients lose theirs."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from hubbub.bench.websocket import masked_frame

Hear = Callable[[bytes], None]
_CLOSE, _PING, _PONG, _TEXT = 0x88, 0x89, 0x8A, 0x81
_HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Line(asyncio.Protocol):
    """A WebSocket, or an event stream."""

    def __init__(self, hear: Hear, *, token: str, resume_from: str, is_event_stream: bool) -> None:
        loop = asyncio.get_running_loop()
        self._hear = hear
        self._is_event_stream = is_event_stream
        self._request = _request(token, resume_from, is_event_stream=is_event_stream)
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._is_open = False
        self.code = 0
        """Of the close that the server has said."""
        self.answered: asyncio.Future[int] = loop.create_future()
        """HTTP status of the answer; 0 when there was none."""
        self.ended = asyncio.Event()

    # Ways to end it

    def close(self) -> None:
        """As one should."""
        if self._transport is not None:
            if not self._is_event_stream:
                self._transport.write(masked_frame(_CLOSE, (1000).to_bytes(2, "big")))
            self._transport.close()

    def reset(self) -> None:
        """Both sides lose what is on its way."""
        if self._transport is not None:
            handle = self._transport.get_extra_info("socket")
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def stop_reading(self) -> None:
        """And have the kernel hold little of what comes."""
        if self._transport is not None:
            self._transport.pause_reading()
            handle = self._transport.get_extra_info("socket")
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)

    def read_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    # The transport's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.answered.done():
            self.answered.set_result(0)
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open and not self._read_answer():
            return
        (self._read_events if self._is_event_stream else self._read_frames)()

    def _read_answer(self) -> bool:
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return False
        status = int(head[9:12])
        if not self.answered.done():
            self.answered.set_result(status)
        self._is_open = status == (200 if self._is_event_stream else 101)
        self._buffer = rest
        return self._is_open

    def _read_events(self) -> None:
        *whole, self._buffer = self._buffer.split(b"\n\n")
        for event in whole:
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
            if b"data" in fields:
                self._hear(fields[b"data"])

    def _read_frames(self) -> None:
        at, data = 0, self._buffer
        while len(data) - at >= 2:
            start, size = at + 2, data[at + 1]
            if size >= 126:
                width = 2 if size == 126 else 8
                start, size = start + width, int.from_bytes(data[start : start + width], "big")
            if len(data) < start + size:
                break
            self._take(data[at], data[start : start + size])
            at = start + size
        self._buffer = data[at:]

    def _take(self, first: int, payload: bytes) -> None:
        if first == _TEXT:
            self._hear(payload)
        elif first == _PING and self._transport is not None:
            self._transport.write(masked_frame(_PONG, payload))
        elif first == _CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            if self._transport is not None:
                self._transport.close()


def _request(token: str, resume_from: str, *, is_event_stream: bool) -> bytes:
    query = f"?resume_from={resume_from}" if resume_from and not is_event_stream else ""
    fields = f"Host: localhost\r\nAuthorization: Bearer {token}\r\n"
    if not is_event_stream:
        fields += _HANDSHAKE
    else:
        fields += "Accept: text/event-stream\r\n"
        fields += f"Last-Event-ID: {resume_from}\r\n" if resume_from else ""
    return f"GET /v1/stream{query} HTTP/1.1\r\n{fields}\r\n".encode()


async def connect(port: int, line: Line) -> bool:
    """Whether it stands. Raises nothing: a server may be dead."""
    try:
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
    except OSError:
        return False
    return await line.answered in (101, 200)
