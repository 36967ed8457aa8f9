"""One request and its answer on a connection: the ASGI `receive` and `send` of it."""

import asyncio
import http
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from hubbub.errors import AppError, Unavailable

if TYPE_CHECKING:
    from hubbub.platform.server.connection import Connection

Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
App = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

log = logging.getLogger("hubbub.server")

STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus
}
WITHOUT_BODY = (204, 304)
# From here on a second write costs less than a copy.
LARGE_BYTES = 64 * 1024


def make_head(status: int, lines: list[bytes]) -> bytes:
    block = b"\r\n".join(lines)
    breaks = len(lines) - 1
    if block.count(b"\n") != breaks or block.count(b"\r") != breaks or b"\0" in block:
        raise RuntimeError("a header has a line break or NUL in it")
    return b"%b%b\r\n\r\n" % (STATUS_LINES[status], block)


class Exchange:
    """What the connection reads of it has no underscore."""

    __slots__ = (
        "_body",
        "_connection",
        "_head",
        "_is_chunked",
        "_is_delivered",
        "_is_silent",
        "_left",
        "_may_continue",
        "_waiter",
        "disconnected",
        "is_event_stream",
        "keep_alive",
        "more_body",
        "response_complete",
        "response_started",
        "scope",
    )

    def __init__(self, connection: "Connection", scope: Any, *, keep_alive: bool, may_continue: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.disconnected = False
        self.is_event_stream = False
        self._connection = connection
        self._may_continue = may_continue
        self._body = b""
        self._is_delivered = False
        self._waiter: asyncio.Future[None] | None = None
        self._head = b""
        self._is_chunked = False
        self._is_silent = False
        self._left = -1  # bytes of Content-Length not yet written; -1: no such header

    async def run_asgi(self, app: App) -> None:
        error = AppError("no answer")
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            error = Unavailable("cancelled")
            raise
        except Exception:
            log.exception("the application raised")
        finally:
            if not self.response_complete:
                self._connection.give_up(self, error)

    @property
    def is_unanswered(self) -> bool:
        """Nothing of the answer is on its way, so another one can still be given."""
        return not self.response_started or bool(self._head)

    def feed(self, data: bytes) -> None:
        self._body = self._body + data if self._body else data
        if len(self._body) > HIGH_WATER_LIMIT:
            self._connection.flow.pause_reading()
        self.wake()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> Message:
        if self._may_continue and self.more_body:
            self._may_continue = False
            self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while self._has_nothing_to_say():
            self._connection.flow.resume_reading()
            self._waiter = self._connection.loop.create_future()
            await self._waiter
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        body, self._body = self._body, b""
        self._is_delivered = not self.more_body
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    def _has_nothing_to_say(self) -> bool:
        if self.disconnected or self.response_complete:
            return False
        return self._is_delivered or (self.more_body and not self._body)

    async def send(self, message: Message) -> None:
        flow = self._connection.flow
        if flow.write_paused and not self.disconnected:
            await flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "hubbub.stream" and not self.response_started:
            self.response_started = self.response_complete = True
            self._connection.become_stream(message)
        elif kind == "http.response.body" and self.response_started and not self.response_complete:
            self._send_body(message)
        elif kind == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers") or [])
        else:
            raise RuntimeError(f"{kind} is out of order")

    def _start(self, status: int, headers: Headers) -> None:
        """Make the head. It leaves with the first piece of the body, in one write."""
        fields = dict(headers)  # ASGI has names in lower case
        # An unread rest of the body would be taken for the next request.
        if self.more_body or b"close" in fields.get(b"connection", b"").lower():
            self.keep_alive = False
        lines = [b": ".join(header) for header in (*self._connection.date_header, *headers)]
        if b"content-length" in fields:
            self._left = int(fields[b"content-length"])
        elif self._has_body(status):
            if self.scope["http_version"] == "1.0":
                self.keep_alive = False
            else:
                self._is_chunked = True
                lines.append(b"transfer-encoding: chunked")
        if not self.keep_alive and b"close" not in fields.get(b"connection", b""):
            lines.append(b"connection: close")
        self._is_silent = not self._has_body(status)
        self._head = make_head(status, lines)
        self.is_event_stream = fields.get(b"content-type", b"").startswith(b"text/event-stream")
        self.response_started = True

    def _has_body(self, status: int) -> bool:
        return self.scope["method"] != "HEAD" and status not in WITHOUT_BODY

    def _send_body(self, message: Message) -> None:
        body: bytes = message.get("body", b"")
        is_last = not message.get("more_body", False)
        if self._is_silent:
            body = b""
        elif self._is_chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"0\r\n\r\n" if is_last else b"")
        elif self._left >= 0:
            self._left -= len(body)
            if self._left < 0 or (is_last and self._left):
                raise RuntimeError("the body is not as long as its Content-Length")
        head, self._head = self._head, b""
        if len(body) > LARGE_BYTES:
            self._connection.transport.write(head)
            self._connection.transport.write(body)
        else:
            self._connection.transport.write(head + body)
        if is_last:
            self.response_complete = True
            self.wake()
            self._connection.on_answered(self)
