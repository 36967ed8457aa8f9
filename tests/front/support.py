"""Drives the front in process: one call is one request."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from hubbub.platform.front import Front
from hubbub.settings import ServerSettings


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """All values of it, or None."""
        found = [value for key, value in self.headers if key == name]
        return ", ".join(found) if found else None

    @property
    def code(self) -> str:
        code: str = msgspec.json.decode(self.body)["code"]
        return code


class Recorder:
    """An application that answers 200 and remembers; `handle` replaces what it does."""

    def __init__(self, handle: Callable[..., Any] | None = None) -> None:
        self.scopes: list[Any] = []
        self.bodies: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = [(b"content-length", b"2")]
        self._handle = handle

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if self._handle is not None:
            await self._handle(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            self.bodies.append(await read_body(receive))
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"ok"})


async def read_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def front_of(
    app: Any, *, rules: Any = (), bodies: Any = None, access_log: Any = None, **settings: Any
) -> Front:
    return Front(app, ServerSettings(**settings), rules=rules, bodies=bodies, access_log=access_log)


async def ask(
    front: Front,
    path: str = "/v1/things",
    *,
    method: str = "GET",
    headers: Sequence[tuple[str, str]] = (),
    body: bytes | Sequence[bytes | None] | None = None,
) -> Answer:
    """A body of several pieces comes chunked; the piece None is a client that hangs up."""
    given = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    pieces: list[bytes | None] = [body] if isinstance(body, bytes) else list(body or [b""])
    if isinstance(body, bytes):
        given.append((b"content-length", str(len(body)).encode()))
    elif body is not None:
        given.append((b"transfer-encoding", b"chunked"))
    sent: list[Any] = []

    async def receive() -> Any:
        if not pieces:
            await asyncio.sleep(60)
        piece = pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    await front(scope_of(path, method, given), receive, send)
    return _answer(sent)


def scope_of(path: str, method: str = "GET", headers: Sequence[tuple[bytes, bytes]] = ()) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": b"",
        "headers": list(headers),
        "state": {},
    }


def _answer(sent: list[Any]) -> Answer:
    if not sent:
        return Answer(0, [], b"")
    start, *rest = sent
    assert start["type"] == "http.response.start"
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in rest))
