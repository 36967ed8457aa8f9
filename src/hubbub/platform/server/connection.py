"""One HTTP connection: uvicorn's protocol with deadlines, bounds and strict framing.

One request is read at a time. What a client sends ahead waits unparsed, so a connection never holds more
than one request, and the end of a head or body is found by us before the parser sees it.
"""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from hubbub.errors import AppError, RequestTimeout
from hubbub.platform.front.headers import refusal_headers
from hubbub.platform.problems import render_problem
from hubbub.platform.server.event_feeds import EventFeed
from hubbub.platform.server.exchange import STATUS_LINES, Exchange, Message, make_head
from hubbub.platform.server.framing import (
    CHUNKED,
    END_OF_HEAD,
    ChunkedFrames,
    Refused,
    RequestLine,
    body_length,
    check_partial_head,
    expects_continue,
    read_head,
)
from hubbub.platform.server.guard import CUT, NEVER, Guard
from hubbub.platform.server.handshake import Handshake, read_handshake, wants_websocket
from hubbub.platform.server.refusals import BrokenHttp, HeadersTooLarge
from hubbub.platform.server.sockets import unread_bytes
from hubbub.platform.server.streams import Streams
from hubbub.platform.server.websockets import WebSocket
from hubbub.platform.telemetry.context import new_request_id

# What a connection is doing.
HEAD, BODY, BUSY, IDLE, CLOSING = range(5)

MAX_AHEAD = 64 * 1024


class Connection(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        guard: Guard,
        streams: Streams,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.guard = guard
        self._streams = streams
        self._handshake: Handshake | None = None
        self.deadline = NEVER
        self.exchange: Exchange | None = None
        self._phase = HEAD
        self._held = b""
        self._line: RequestLine = RequestLine("", b"", "")
        self._left = 0
        self._frames: ChunkedFrames | None = None
        self._arrived = 0  # body bytes since the last sweep; while closing, bytes thrown away
        self._credit = 0.0  # seconds that the client may still fall behind
        self._unread = 0  # bytes written and not yet taken by the client, at the last sweep
        self._host = ""

    @property
    def is_waiting(self) -> bool:
        return self._phase in (HEAD, IDLE)

    @property
    def date_header(self) -> list[tuple[bytes, bytes]]:
        return self.server_state.default_headers

    # The transport's callbacks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._host = self.client[0] if self.client else ""
        self.guard.open.add(self)
        error = self.guard.admit(self._host)
        if error is not None:
            self._refuse(error, lingers=False)  # it would hold what there is too little of
        else:
            self.deadline = self.guard.after(self.guard.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._phase = CLOSING
        self.guard.release(self._host)
        self.connections.discard(self)
        self.flow.resume_writing()
        if self.exchange is not None and not self.exchange.response_complete:
            self.exchange.disconnected = True
            self.exchange.wake()
        self.exchange = None
        self.parser = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            self._consume(self._held + data if self._held else data)
        except Refused as refused:
            self._refuse(refused.error)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = unread_bytes(self.transport)
        self._start_pacing()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._phase != BODY:
            self.guard.paced.discard(self)

    def shutdown(self) -> None:
        """Called once when the server stops: answer what is being asked, and close."""
        self.guard.is_stopping = True
        exchange = self.exchange
        if exchange is None or self._phase in (HEAD, IDLE, CLOSING):
            self._close()
        elif exchange.is_event_stream:
            exchange.disconnected = True
            exchange.wake()
            self._close()
        else:
            exchange.keep_alive = False

    # Reading

    def _consume(self, data: bytes) -> None:
        self._held = b""
        while data:
            if self._phase in (HEAD, IDLE):
                data = self._take_head(data)
            elif self._phase == BODY:
                data = self._take_body(data)
            elif self._phase == BUSY:
                self._held = data
                if len(data) > MAX_AHEAD:
                    self.flow.pause_reading()
                return
            else:
                self._throw_away(data)
                return

    def _take_head(self, data: bytes) -> bytes:
        limits = self.guard.limits
        if data[:2] == b"\r\n":
            data = data[2:]
        end = data.find(END_OF_HEAD)
        if end < 0:
            if data:
                check_partial_head(data, limits)
            self._held = data
            if self._phase == IDLE:
                self._phase = HEAD
                self.deadline = self.guard.after(limits.head_seconds)
            return b""
        size = end + 4
        head = data if size == len(data) else data[:size]
        self._line = read_head(head, limits)
        self.deadline = NEVER
        self._phase = BODY
        self._parse(head)
        if self._phase == BODY:
            self._start_pacing()
        return data[size:] if size < len(data) else b""

    def _take_body(self, data: bytes) -> bytes:
        size = min(self._left, len(data)) if self._frames is None else self._frames.advance(data)
        piece = data if size == len(data) else data[:size]
        self._left -= size
        self._arrived += size
        self._parse(piece)
        return data[size:]

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, Refused):
                raise error.__context__ from None
            raise
        except httptools.HttpParserError as error:
            raise Refused(BrokenHttp(str(error))) from error
        except httptools.HttpParserUpgrade:
            pass  # a handshake is answered like any request; what comes after it waits unparsed

    def _throw_away(self, data: bytes) -> None:
        self._arrived += len(data)
        if self._arrived > self.guard.limits.linger_bytes:
            self.transport.abort()

    # The parser's callbacks

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._handshake = None

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.strip()))

    def on_headers_complete(self) -> None:
        if len(self.headers) > self.guard.limits.max_headers:
            raise Refused(HeadersTooLarge())
        line, fields = self._line, dict(self.headers)
        length = body_length(line, self.headers, fields)
        may_continue = expects_continue(line, fields)
        self._fill_scope(line)
        if b"upgrade" in fields and line.version == "1.1" and wants_websocket(self.headers):
            if length or line.method != "GET":
                raise Refused(BrokenHttp("body in a handshake"))
            self._handshake = read_handshake(self.headers)
            scope: Any = self.scope
            scope["type"] = "websocket"
            scope["subprotocols"] = self._handshake.protocols
        self._left = length
        self._frames = ChunkedFrames() if length == CHUNKED else None
        self.exchange = Exchange(
            self,
            self.scope,
            keep_alive=line.version == "1.1" and self._handshake is None and self.parser.should_keep_alive(),
            may_continue=may_continue,
        )
        self.cycle = self.exchange  # type: ignore[assignment]
        self._start_asgi_task(self.exchange, self.app)  # type: ignore[arg-type]

    def _fill_scope(self, line: RequestLine) -> None:
        raw_path, _, query = line.target.partition(b"?")
        path = raw_path.decode("ascii")
        scope: Any = self.scope
        scope["method"] = line.method
        scope["http_version"] = line.version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query

    def on_body(self, body: bytes) -> None:
        if self.exchange is not None and not self.exchange.response_complete:
            self.exchange.feed(body)

    def on_message_complete(self) -> None:
        self._phase = BUSY
        if not self.flow.write_paused:
            self.guard.paced.discard(self)
        if self.exchange is not None:
            self.exchange.more_body = False
            self.exchange.wake()

    # Answering

    def on_answered(self, exchange: Exchange) -> None:
        """The whole answer is in the write buffer."""
        self.server_state.total_requests += 1
        if self._phase == CLOSING or self.transport.is_closing():
            return
        if not exchange.keep_alive:
            self._close(lingers=exchange.more_body)
            return
        self._phase = IDLE
        self.deadline = self.guard.after(self.guard.limits.idle_seconds)
        self.flow.resume_reading()
        if self._held:
            self.loop.call_soon(self.data_received, b"")

    def give_up(self, exchange: Exchange, error: AppError) -> None:
        """The application ended without a whole answer."""
        if exchange is not self.exchange or self.transport.is_closing():
            return
        if exchange.is_unanswered and not exchange.disconnected:
            self._refuse(error)
        else:
            self.transport.abort()

    def _refuse(self, error: AppError, *, lingers: bool = True) -> None:
        """Answer at the level of the protocol, and close."""
        exchange = self.exchange
        if self.transport.is_closing() or self._phase == CLOSING:
            return
        if exchange is not None and not exchange.response_complete:
            if not exchange.is_unanswered:
                self.transport.abort()
                return
            exchange.disconnected = True
            exchange.wake()
        request_id = new_request_id()
        status, headers, body = render_problem(error, request_id)
        lines = [*self.date_header, *headers, *refusal_headers(request_id), (b"connection", b"close")]
        head = b"".join(b"%b: %b\r\n" % header for header in lines)
        self.transport.write(STATUS_LINES[status] + head + b"\r\n" + body)
        self._close(lingers=lingers)

    def _close(self, *, lingers: bool = False) -> None:
        """Close once all is written.

        Lingering reads on for a while: closing a socket with bytes unread resets it, and the client would
        lose the answer that tells it why.
        """
        self._phase = CLOSING
        self._held = b""
        self._arrived = 0
        self.guard.paced.discard(self)
        if self.flow.write_paused:
            self._start_pacing()
        self.deadline = self.guard.after(self.guard.limits.linger_seconds)
        if lingers and self.transport.can_write_eof():
            self.flow.resume_reading()
            self.transport.write_eof()
        else:
            self.transport.close()

    # Time

    def expire(self, deadline: float) -> None:
        if self.deadline != deadline:
            return
        if self._phase in (IDLE, CLOSING) and self.flow.write_paused:
            self.deadline = self.guard.after(self.guard.limits.linger_seconds)  # its pace is watched
        elif self._phase == CLOSING:
            self._leave()
            self.transport.abort()
        elif self._phase == HEAD:
            CUT.labels("head").inc()
            if self._held:
                self._refuse(RequestTimeout("head"))
            else:
                self._close()
        else:
            self._close()

    def keep_pace(self, elapsed: float) -> None:
        limits = self.guard.limits
        if self not in self.guard.paced:
            return
        if self.flow.write_paused:
            size = unread_bytes(self.transport)
            progress, self._unread = max(0, self._unread - size), size
        elif self.flow.read_paused:
            return  # it is us who do not read
        else:
            progress, self._arrived = self._arrived, 0
        most = limits.grace_seconds + limits.sweep_seconds
        self._credit = min(most, self._credit + progress / limits.bytes_per_second) - elapsed
        if self._credit >= 0:
            return
        if self.flow.write_paused:
            CUT.labels("reply").inc()
            self._leave()
            self.transport.abort()
        else:
            CUT.labels("body").inc()
            self._refuse(RequestTimeout("body"))

    def _start_pacing(self) -> None:
        self._arrived = 0
        self._credit = self.guard.limits.grace_seconds + self.guard.limits.sweep_seconds
        self.guard.paced.add(self)

    def _leave(self) -> None:
        self.guard.open.discard(self)
        self.guard.paced.discard(self)
        self.deadline = NEVER

    # Streams

    def become_stream(self, message: Message) -> None:
        """Give the transport another protocol; nothing of this connection and its request stays."""
        lines = [b": ".join(header) for header in (*self.date_header, *message["headers"])]
        if self._handshake is not None:
            lines += [b"upgrade: websocket", b"connection: Upgrade"]
            lines.append(b"sec-websocket-accept: " + self._handshake.accept)
        else:
            lines.append(b"connection: close")  # which is also where the body ends
        head = make_head(message["status"], lines)
        ahead, self._held = self._held, b""
        self._leave()
        self.connections.discard(self)
        self.server_state.total_requests += 1
        self.exchange = self.parser = self.cycle = None  # type: ignore[assignment]
        self.flow.resume_reading()
        kind = WebSocket if self._handshake is not None else EventFeed
        stream = kind(self.transport, self._streams, self._host)
        self.transport.set_protocol(stream)
        stream.open(head, message["attach"], ahead)
