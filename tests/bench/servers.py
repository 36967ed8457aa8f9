"""Small servers whose behaviour a test decides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Answer = Callable[[str], Awaitable[bytes]]
"""From `GET /path` to the whole answer."""


def ok(body: bytes = b"{}", headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[str]:
    """Its base URL; an empty answer closes the connection."""
    at_work: set[asyncio.Task[None]] = set()

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        at_work.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await _converse(reader, writer, answer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(work, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        _, late = await asyncio.wait(at_work or {asyncio.ensure_future(asyncio.sleep(0))}, timeout=10)
        assert not late


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
        whole = await answer(" ".join(head.split()[:2]))
        if not whole:
            return
        middle = len(whole) // 2
        writer.write(whole[:middle])
        await asyncio.sleep(0)
        writer.write(whole[middle:])
