"""A closed loop of HTTP/1.1 requests: each kept connection sends its next one when it has its answer."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length: "
CONNECT_SECONDS = 10.0
LAST_ANSWERS_SECONDS = 30.0


class WrongAnswer(Exception):
    """What came back is not what is measured."""


@dataclass(slots=True)
class Outcome:
    count: int = 0
    body_bytes: int = 0
    seconds: float = 0.0
    error: Exception | None = None

    @property
    def mean_body_bytes(self) -> int:
        return round(self.body_bytes / self.count) if self.count else 0

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0


def request(
    method: str, path: str, *, token: str | None = None, body: bytes = b"", host: str = "127.0.0.1"
) -> bytes:
    """One request as the bytes on the wire, with the headers that an app sends."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json", "User-Agent: bench"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEAD_END + body


@dataclass(slots=True)
class _Run:
    """What all connections share: requests while there is time, and what came of them."""

    requests: Iterator[bytes]
    status: int
    ends_at: float
    outcome: Outcome = field(default_factory=Outcome)
    open: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> bytes | None:
        if self.outcome.error is not None or time.perf_counter() >= self.ends_at:
            return None
        return next(self.requests, None)

    def fail(self, error: Exception) -> None:
        self.outcome.error = self.outcome.error or error
        self.done.set()

    def leave(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._run: _Run | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def start(self, run: _Run) -> None:
        self._run = run
        self._next()

    def close(self) -> None:
        self._run = None
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(HEAD_END)
        if end < 0 or self._run is None:
            return
        length = _content_length(self._buffer, end)
        if len(self._buffer) < end + 4 + length:
            return
        status = int(self._buffer[9:12])
        if status != self._run.status:
            self._run.fail(WrongAnswer(self._buffer[:2000].decode("latin-1")))
            return
        self._buffer = b""
        self._run.outcome.count += 1
        self._run.outcome.body_bytes += length
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if self._run is not None:
            self._run.fail(WrongAnswer(f"the server closed a connection: {error}"))

    def _next(self) -> None:
        assert self._run is not None
        assert self._transport is not None
        if self._transport.is_closing():
            self._run.fail(WrongAnswer("the server closed a connection"))
            return
        data = self._run.take()
        if data is not None:
            self._transport.write(data)
            return
        run, self._run = self._run, None
        run.leave()


def _content_length(buffer: bytes, end: int) -> int:
    start = buffer.find(LENGTH, 0, end + 2)
    if start < 0:
        return 0
    start += len(LENGTH)
    return int(buffer[start : buffer.index(b"\r\n", start)])


async def drive(
    port: int,
    requests: Iterator[bytes],
    *,
    seconds: float,
    status: int = 200,
    connections: int = 16,
    on_connected: Callable[[], None] | None = None,
) -> Outcome:
    """Send requests until the time is over or there are no more. Raises WrongAnswer for another status."""
    loop = asyncio.get_running_loop()
    opened: list[_Connection] = []
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            for _ in range(connections):
                _, connection = await loop.create_connection(_Connection, "127.0.0.1", port)
                opened.append(connection)
        if on_connected is not None:
            on_connected()
        return await _run_all(opened, requests, seconds=seconds, status=status)
    finally:
        for connection in opened:
            connection.close()


async def _run_all(
    opened: list[_Connection], requests: Iterator[bytes], *, seconds: float, status: int
) -> Outcome:
    started = time.perf_counter()
    run = _Run(requests, status, started + seconds, open=len(opened))
    for connection in opened:
        connection.start(run)
    async with asyncio.timeout(seconds + LAST_ANSWERS_SECONDS):
        await run.done.wait()
    run.outcome.seconds = time.perf_counter() - started
    if run.outcome.error is not None:
        raise run.outcome.error
    if not run.outcome.count:
        raise WrongAnswer("nothing was asked")
    return run.outcome
