"""Servers on this machine that speak as push services do, with nothing of ours in them."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import h2.config
import h2.connection
import h2.events
import h2.exceptions


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Said:
    """An answer. `is_silent` never comes."""

    status: int = 201
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_silent: bool = False


class Service:
    """What it received, and what it answers: what is queued, else by `answer`."""

    def __init__(self, answer: Callable[[Received], Said]) -> None:
        self.received: list[Received] = []
        self.queued: deque[Said] = deque()
        self.connections = 0
        self.url = ""
        self._answer = answer
        self._heard = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def hear(self, request: Received) -> Said:
        self.received.append(request)
        self._heard.set()
        return self.queued.popleft() if self.queued else self._answer(request)

    def at(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path == path]

    async def until(self, count: int, path: str | None = None, *, seconds: float = 5.0) -> list[Received]:
        """What it has received, once it is so many."""
        async with asyncio.timeout(seconds):
            while len(found := self.received if path is None else self.at(path)) < count:
                self._heard.clear()
                await self._heard.wait()
        return found

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            await self._speak(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/1.1, one request after the other."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            said = self.hear(Received(method, path, headers, body))
            if said.is_silent:
                await reader.read()
                return
            lines = [f"HTTP/1.1 {said.status} X", f"content-length: {len(said.body)}"]
            lines += [f"{name}: {value}" for name, value in said.headers.items()]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + said.body)
            await writer.drain()


class Http2Service(Service):
    """HTTP/2 without TLS, as Apple's service speaks it behind its own."""

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        heads: dict[int, dict[str, str]] = {}
        bodies: dict[int, bytes] = {}
        while data := await reader.read(65_536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    heads[event.stream_id] = {_text(n): _text(v) for n, v in event.headers}
                    bodies[event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    id_ = event.stream_id
                    self._reply(connection, id_, heads.pop(id_), bodies.pop(id_))
            writer.write(connection.data_to_send())
            await writer.drain()

    def _reply(
        self, connection: h2.connection.H2Connection, stream_id: int, head: dict[str, str], body: bytes
    ) -> None:
        said = self.hear(Received(head[":method"], head[":path"], head, body))
        if said.is_silent:
            return
        answered = [(":status", str(said.status)), *said.headers.items()]
        connection.send_headers(stream_id, answered, end_stream=not said.body)
        if said.body:
            connection.send_data(stream_id, said.body, end_stream=True)


@asynccontextmanager
async def listening(service: Service, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    server = await asyncio.start_server(service.speak, "127.0.0.1", 0, ssl=tls)
    service.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        service.hang_up()
        await server.wait_closed()


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
