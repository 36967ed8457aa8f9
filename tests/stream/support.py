"""Served processes, and clients that remember what they were told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hubbub.app import build_front
from hubbub.platform.live import Told
from hubbub.platform.server import run_server
from hubbub.settings import ServerSettings
from hubbub.stream.event_types import SERVER_FRAMES
from tests.support.world import Person, World

DEADLINE = 10.0
EVENTS = {"Accept": "text/event-stream"}


def bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def news(person: Person, number: int) -> Told:
    """An event of theirs."""
    data = b'{"feed":"home","post_id":"%d","author_id":"1"}' % number
    return Told(person.id, "feed", data, str(number))


async def until(holds: Callable[[], bool], seconds: float = DEADLINE) -> float:
    """How long it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it never came"
        await asyncio.sleep(0.005)
    return time.monotonic() - started


@dataclass
class Client:
    """One stream, as its client sees it. `code` is how it was closed."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    socket: ClientConnection | None = None
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def take(self, frame: dict[str, Any]) -> None:
        """Every frame is as the documentation says."""
        known = SERVER_FRAMES[frame["type"]]
        fields = {"type"} | ({"id"} if known.is_kept else set()) | ({"data"} if known.data else set())
        assert set(frame) == fields
        if known.data is not None:
            msgspec.convert(frame["data"], known.data)
        self.frames.append(frame)

    def of(self, type_: str) -> list[dict[str, Any]]:
        """What such frames said."""
        return [frame.get("data", {}) for frame in self.frames if frame["type"] == type_]

    async def got(self, type_: str, count: int = 1) -> dict[str, Any]:
        """The last frame of this type, once there are so many."""
        await until(lambda: len(self.of(type_)) >= count)
        return self.of(type_)[-1]

    async def say(self, type_: str, **fields: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps({"type": type_, **fields}))

    async def subscribe(self, *topics: str) -> None:
        await self.say("subscribe", topics=topics)
        await self.got("subscribed", len(self.of("subscribed")) + 1)

    async def answered(self) -> None:
        """Until all that was said before is answered."""
        await self.say("unsubscribe", topics=["none"])
        await self.got("unsubscribed", len(self.of("unsubscribed")) + 1)

    async def ended(self, seconds: float = DEADLINE) -> int:
        await until(lambda: self.code is not None, seconds)
        assert self.code is not None
        return self.code


@dataclass
class Served:
    """A process that is served on a port of its own."""

    world: World
    port: int
    clients: list[Client] = field(default_factory=list)

    async def open(self, person: Person | None = None, query: str = "", **options: Any) -> Client:
        """A WebSocket that is ready."""
        headers = (bearer(person) if person is not None else {}) | options.pop("headers", {})
        url = f"ws://127.0.0.1:{self.port}/v1/stream{query}"
        socket = await connect(url, additional_headers=headers, proxy=None, **options)
        client = Client(socket=socket)
        client.tasks.append(asyncio.create_task(_read_socket(client, socket)))
        self.clients.append(client)
        return client

    async def ready(self, person: Person, query: str = "") -> Client:
        client = await self.open(person, query)
        await client.got("ready")
        return client

    async def refused(self, person: Person | None = None, query: str = "", **options: Any) -> tuple[int, str]:
        """Status and code of the problem that a handshake is answered with."""
        with pytest.raises(InvalidStatus) as caught:
            await self.open(person, query, **options)
        response = caught.value.response
        return response.status_code, json.loads(response.body or b"{}").get("code", "")

    async def events(self, person: Person | None, query: str = "", **headers: str) -> Client:
        """Server-sent events."""
        client = Client()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = EVENTS | named | (bearer(person) if person is not None else {})
        begun = asyncio.get_running_loop().create_future()
        url = f"http://127.0.0.1:{self.port}/v1/stream{query}"
        client.tasks.append(asyncio.create_task(_read_events(client, url, sent, begun)))
        self.clients.append(client)
        await begun
        return client

    async def close(self) -> None:
        for client in self.clients:
            if client.socket is not None:
                await client.socket.close()
            for task in client.tasks:
                task.cancel()
            await asyncio.gather(*client.tasks, return_exceptions=True)


async def _read_socket(client: Client, socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            client.take(json.loads(await socket.recv()))
    client.code = socket.close_code


async def _read_events(
    client: Client, url: str, headers: dict[str, str], begun: "asyncio.Future[None]"
) -> None:
    event = ""
    try:
        async with httpx.AsyncClient(timeout=60) as http, http.stream("GET", url, headers=headers) as reply:
            if reply.status_code != 200:
                await reply.aread()
                client.frames.append(
                    {"type": "problem", "data": {"status": reply.status_code, **reply.json()}}
                )
                client.code = reply.status_code
            begun.set_result(None)
            async for line in reply.aiter_lines():
                name, _, value = line.partition(": ")
                event = value if name == "event" else event
                if name == "data":
                    client.take(json.loads(value))
                    assert client.frames[-1]["type"] == event
    finally:
        if client.code is None:
            closes = client.of("close")
            client.code = closes[-1]["code"] if closes else 0
        if not begun.done():
            begun.set_result(None)


@asynccontextmanager
async def serve(world: World) -> AsyncIterator[Served]:
    settings = ServerSettings(port=0)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    front = build_front(world.services)
    server = asyncio.create_task(
        run_server(front, settings, stop=stop, on_ready=lambda _, port: ready.set_result(port))
    )
    served = Served(world, await ready)
    try:
        yield served
    finally:
        await served.close()
        stop.set()
        await server
        front.close()
