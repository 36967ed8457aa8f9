"""Kept connections that speak just enough HTTP/1.1 to send a request and know when its answer is complete."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast
from urllib.parse import urlsplit

from hubbub.bench.mix import Shot

HEAD_END = b"\r\n\r\n"
LENGTHS = (b"\r\ncontent-length: ", b"\r\nContent-Length: ")
CONNECT_SECONDS = 5.0
NO_BODY = frozenset((204, 304))


class Unreachable(Exception):
    """Nothing answers there; the text says what happened."""


class Sink(Protocol):
    """Who is told what came of each shot."""

    def answered(self, shot: Shot, status: int, head: bytes, body: bytes) -> None: ...

    def broke(self, shot: Shot, why: str) -> None: ...


class _Connection(asyncio.Protocol):
    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._buffer = b""
        self._needed = 0
        self._transport: asyncio.Transport | None = None
        self.shot: Shot | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @property
    def is_usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, shot: Shot) -> None:
        assert self._transport is not None  # noqa: S101 - only connected ones are handed out
        self.shot = shot
        self._transport.write(shot.data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        if len(buffer) < self._needed:
            return
        if self.shot is None:
            self.close()
            return
        end = buffer.find(HEAD_END)
        if end < 0:
            return
        head = buffer[:end]
        status = int(head[9:12])
        length = 0 if status in NO_BODY else _length(head)
        if length is None:
            self._pool.lost(self, "an answer without Content-Length, which cannot be measured")
            self.close()
            return
        self._needed = end + 4 + length
        if len(buffer) < self._needed:
            return
        self._buffer, self._needed = b"", 0
        shot, self.shot = self.shot, None
        self._pool.answered(self, shot, status, head, buffer[end + 4 :])

    def connection_lost(self, error: Exception | None) -> None:
        self._pool.lost(self, str(error or "the connection was closed"))


def _length(head: bytes) -> int | None:
    for name in LENGTHS:
        start = head.find(name)
        if start >= 0:
            start += len(name)
            end = head.find(b"\r\n", start)
            return int(head[start:end] if end >= 0 else head[start:])
    return None


class Pool:
    """A fixed number of connections; who finds none free waits in line."""

    def __init__(self, base_url: str, size: int, sink: Sink | None = None) -> None:
        self._url = urlsplit(base_url)
        self._size = size
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._waiting: deque[Shot] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._is_open = False
        self.sink = sink

    async def __aenter__(self) -> "Pool":
        self._is_open = True
        try:
            for _ in range(self._size):
                await self._connect()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_open = False
        for task in self._opening:
            task.cancel()
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        await asyncio.sleep(0)

    @property
    def size(self) -> int:
        return self._size

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def fire(self, shot: Shot) -> None:
        """Send it on a free connection, or as soon as one is free."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable:
                connection.send(shot)
                return
        self._waiting.append(shot)

    def give_up(self) -> list[Shot]:
        """Shots that wait or are not answered. Their connections are cut, since the answers may yet come."""
        left = list(self._waiting)
        self._waiting.clear()
        for connection in list(self._all):
            if connection.shot is not None:
                left.append(connection.shot)
                connection.shot = None
                connection.close()
        return left

    def answered(self, connection: _Connection, shot: Shot, status: int, head: bytes, body: bytes) -> None:
        if self._waiting:
            connection.send(self._waiting.popleft())
        else:
            self._idle.append(connection)
        if self.sink is not None:
            self.sink.answered(shot, status, head, body)

    def lost(self, connection: _Connection, why: str) -> None:
        if connection not in self._all:
            return
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        shot, connection.shot = connection.shot, None
        if shot is not None and self.sink is not None:
            self.sink.broke(shot, why)
        if self._is_open:
            task = asyncio.ensure_future(self._reconnect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _reconnect(self) -> None:
        while self._is_open:
            try:
                await self._connect()
                return
            except Unreachable:
                await asyncio.sleep(0.05)

    async def _connect(self) -> None:
        url = self._url
        is_tls = url.scheme == "https"
        make: Callable[[], _Connection] = lambda: _Connection(self)  # noqa: E731
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    make,
                    url.hostname or "",
                    url.port or (443 if is_tls else 80),
                    ssl=ssl.create_default_context() if is_tls else None,
                )
        except TimeoutError:
            raise Unreachable(f"{url.netloc} does not accept connections") from None
        except OSError as error:
            raise Unreachable(f"{url.netloc} cannot be reached: {error.strerror or error}") from error
        self._all.add(connection)
        if self._waiting:
            connection.send(self._waiting.popleft())
        else:
            self._idle.append(connection)
