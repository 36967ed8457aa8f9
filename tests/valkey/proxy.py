"""A way to a server that a test may make slow, or dress in TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Proxy:
    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.delay_seconds = 0.0
        self._server_port = server_port
        self._pumps: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        for source, target, is_slow in ((reader, inner_writer, False), (inner_reader, writer, True)):
            task = asyncio.create_task(self._pump(source, target, is_slow=is_slow))
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def close(self) -> None:
        for pump in tuple(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_slow: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                if is_slow:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
        except OSError:
            return  # one side is gone; the other is closed below
        finally:
            writer.close()


@asynccontextmanager
async def running_proxy(server_port: int, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    proxy = Proxy(server_port)
    listener = await asyncio.start_server(proxy.forward, "127.0.0.1", 0, ssl=tls)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        await proxy.close()
        await asyncio.sleep(0)
