"""WebSocket servers whose behaviour a test decides, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hubbub.bench.websocket import accept_of

Script = Callable[["Server"], Awaitable[None]]


@dataclass
class Server:
    """One connection as the server sees it, its handshake read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str

    def accept(self, protocol: str = "hubbub.v1") -> bytes:
        answer = accept_of(self.header("sec-websocket-key").encode())
        chosen = f"sec-websocket-protocol: {protocol}\r\n" if protocol else ""
        return (
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            f"sec-websocket-accept: {answer}\r\n{chosen}\r\n"
        ).encode()

    def header(self, name: str) -> str:
        lines = [line.partition(": ") for line in self.head.split("\r\n")]
        return next(value for key, _, value in lines if key.lower() == name)

    async def read_frame(self) -> tuple[int, bytes]:
        """Opcode byte and unmasked payload of a short frame."""
        first, second = await self.reader.readexactly(2)
        assert second & 0x80, "clients mask"
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        key = await self.reader.readexactly(4)
        payload = await self.reader.readexactly(size)
        return first, bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    tasks: list[asyncio.Task[None]] = []

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            await script(Server(reader, writer, head))
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
        finally:
            writer.close()

    server = await asyncio.start_server(work, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*tasks), 5)
