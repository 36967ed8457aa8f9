"""Passes generated requests on to the API, which lives in a loop of its own, and names what they speak of."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import unquote

T = TypeVar("T")


class Loop:
    """An event loop in a thread: schemathesis sends from one of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="fuzzed-api", daemon=True)
        self._thread.start()

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.start(work).result(60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Gateway:
    """An ASGI application in front of the one that a test puts behind it.

    `names` stand in requests for what is only known once the test runs.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.requests = 0
        self._loop: Loop | None = None
        self._app: Any = None

    def lead_to(self, app: Any, loop: Loop, names: dict[str, str]) -> None:
        self._app, self._loop, self.names = app, loop, names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or self._loop is None:
            raise RuntimeError(f"not for {scope['type']}")
        self.requests += 1
        message = await receive()
        body = self._named(message.get("body", b""))
        answer = self._loop.start(self._ask(self._renamed(scope, body), body))
        for message in await asyncio.wrap_future(answer):
            await send(message)

    async def _ask(self, scope: Any, body: bytes) -> list[Any]:
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        return messages

    def _renamed(self, scope: Any, body: bytes) -> dict[str, Any]:
        raw_path = self._named(scope["raw_path"])
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        if body or scope["method"] in ("POST", "PUT", "PATCH"):
            headers.append((b"content-length", str(len(body)).encode()))
        return {
            **scope,
            "raw_path": raw_path,
            "path": unquote(raw_path.decode("ascii")),
            "query_string": self._named(scope["query_string"]),
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "state": {},
        }

    def _named(self, raw: bytes) -> bytes:
        for name, value in self.names.items():
            raw = raw.replace(name.encode(), value.encode())
        return raw
