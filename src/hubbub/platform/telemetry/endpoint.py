"""The metrics endpoint: GET /metrics on a port of its own, in the same event loop, nothing else."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import CollectorRegistry, generate_latest

from hubbub.platform.telemetry.metrics import REGISTRY

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DEADLINE_SECONDS = 5.0
MAX_READERS = 8
_REQUEST = re.compile(rb"(GET|HEAD) /metrics(?:\?[!-~]*)? HTTP/1\.[01]\r\n")


@asynccontextmanager
async def serving_metrics(
    listener: socket.socket, *, registry: CollectorRegistry = REGISTRY
) -> AsyncIterator[int]:
    """Serve on a bound socket (`bind` of platform.server) meanwhile; gives the port."""
    readers: set[asyncio.StreamWriter] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        readers.add(writer)
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(DEADLINE_SECONDS):
                    if len(readers) <= MAX_READERS:
                        writer.write(_reply(await reader.readuntil(b"\r\n\r\n"), registry))
                        await writer.drain()
        finally:
            readers.discard(writer)
            writer.close()

    server = await asyncio.start_server(answer, sock=listener, limit=16 * 1024)
    try:
        yield listener.getsockname()[1]
    finally:
        server.close()


def _reply(head: bytes, registry: CollectorRegistry) -> bytes:
    match = _REQUEST.match(head)
    if match is None:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    body = generate_latest(registry)
    start = (
        f"HTTP/1.1 200 OK\r\ncontent-type: {CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\n"
        "x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    ).encode()
    return start if match[1] == b"HEAD" else start + body
