"""The load driver that the benchmarks are measured with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import repeat

import pytest

from benchmarks.driver import WrongAnswer, drive, request

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[int]:
    at_work: set[asyncio.Task[None]] = set()

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(work, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        _, late = await asyncio.wait(at_work, timeout=10)
        assert not late


class Echo:
    """Answers each request with its path as the body, in two writes; counts what it was asked."""

    def __init__(self, status: str = "200 OK") -> None:
        self.asked: list[str] = []
        self.connections = 0
        self._status = status

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1]
            self.asked.append(path.decode())
            writer.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n" % (self._status.encode(), len(path)))
            await asyncio.sleep(0)
            writer.write(b"\r\n" + path)


async def test_each_request_is_sent_once_and_counted() -> None:
    echo = Echo()
    paths = [f"/{number:03}" for number in range(200)]

    async with served(echo) as port:
        outcome = await drive(port, iter([request("GET", path) for path in paths]), seconds=20, connections=3)

    assert sorted(echo.asked) == paths
    assert echo.connections == 3
    assert (outcome.count, outcome.body_bytes) == (200, 800)
    assert 0 < outcome.seconds < 20


async def test_it_ends_when_the_time_is_over() -> None:
    async with served(Echo()) as port:
        outcome = await drive(port, repeat(request("GET", "/")), seconds=0.05)

    assert outcome.count > 0
    assert 0.05 <= outcome.seconds < 5


async def test_another_status_ends_the_run() -> None:
    async with served(Echo("503 Service Unavailable")) as port:
        with pytest.raises(WrongAnswer, match="503"):
            await drive(port, repeat(request("GET", "/")), seconds=20)


async def test_a_cut_connection_ends_the_run() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pass

    async with served(cut) as port:
        with pytest.raises(WrongAnswer, match="closed"):
            await drive(port, repeat(request("GET", "/")), seconds=20)


async def test_nothing_asked_is_no_result() -> None:
    async with served(Echo()) as port:
        with pytest.raises(WrongAnswer, match="nothing"):
            await drive(port, iter(()), seconds=20)
