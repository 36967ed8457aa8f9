"""Reading a request's body before its handler runs, within a size and a share of the process's memory."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from hubbub.errors import BodyTooLarge, Unavailable, UnsupportedMedia

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MIB = 1024 * 1024
HELD_BYTES = 64 * MIB


class ClientGone(Exception):
    """It hung up, so nobody waits for an answer."""


class Overloaded(Unavailable):
    code = "overloaded"
    message = "The service has all the work it can do; try again shortly."


@dataclass(frozen=True, slots=True)
class RouteRule:
    """For paths that begin with `prefix`. A streamed body is handed on as it arrives, not collected first."""

    prefix: str
    max_body_bytes: int = MIB
    deadline_seconds: float = 30.0
    is_streamed: bool = False


def check_body_headers(headers: dict[bytes, bytes], rule: RouteRule) -> None:
    """Raises what can be known before a byte of the body is read."""
    encoding = headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() != b"identity":
        raise UnsupportedMedia("content-encoding")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 15 or int(length) > rule.max_body_bytes:
        raise BodyTooLarge(f"{length[:20]!r}")


class BodyReader:
    """Bodies being collected hold at most HELD_BYTES together; one that came in one piece counts nothing."""

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        self.held = 0
        self._most = held_bytes

    async def read(self, receive: Receive, limit: int) -> bytes:
        """Raises BodyTooLarge, Overloaded or ClientGone."""
        message = await receive()
        first = _piece(message)
        if len(first) > limit:
            raise BodyTooLarge
        return await self._read_on(receive, first, limit) if message.get("more_body") else first

    async def _read_on(self, receive: Receive, first: bytes, limit: int) -> bytes:
        pieces, size = [first], len(first)
        self.held += size
        try:
            while True:
                message = await receive()
                piece = _piece(message)
                pieces.append(piece)
                size += len(piece)
                self.held += len(piece)
                if size > limit:
                    raise BodyTooLarge
                if self.held > self._most:
                    raise Overloaded("bodies")
                if not message.get("more_body"):
                    return b"".join(pieces)
        finally:
            self.held -= size


def _piece(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    return body


class Replay:
    """A `receive` that gives a collected body in one piece."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class Bounded:
    """A `receive` that hands a streamed body on, up to a size. Raises BodyTooLarge into the handler."""

    __slots__ = ("_left", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge
        return message
