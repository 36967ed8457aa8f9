"""The client's side of a WebSocket (RFC 6455), small enough that one process holds ten thousand of them."""

import asyncio
import base64
import hashlib
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from hubbub.bench.mix import header
from hubbub.bench.pool import Unreachable

CONNECT_SECONDS = 10.0
MOST_BYTES = 1 << 20
"""Of a message; a longer one ends the connection."""
GONE = 1006
"""The connection was lost without a word."""
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_FIRST_PART, _NEXT_PART, _LAST_PART = 0x01, 0x00, 0x80


class Ended(NamedTuple):
    """Why a socket is closed, or why it never opened."""

    code: int
    reason: str = ""
    status: int = 0
    """Of the HTTP answer, when the handshake was refused."""
    head: bytes = b""
    body: bytes = b""


class Receiver(Protocol):
    def opened(self) -> None: ...

    def heard(self, text: bytes) -> None:
        """One whole text message. It may not be UTF-8: whoever reads it finds out."""
        ...

    def ended(self, why: Ended) -> None:
        """Called once, whoever closed it."""
        ...


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is asked for, and how."""

    base_url: str
    """Such as http://127.0.0.1:8000."""
    path: str = "/v1/stream"
    protocols: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, key: bytes) -> bytes:
        fields = {
            "Host": urlsplit(self.base_url).netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key.decode(),
            "Sec-WebSocket-Version": "13",
            **({"Sec-WebSocket-Protocol": ", ".join(self.protocols)} if self.protocols else {}),
            **self.headers,
        }
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def by_token(base_url: str, token: str, *, resume_from: str = "") -> Upgrade:
    """How a browser asks for the stream of Hubbub, which cannot send an Authorization header."""
    path = f"/v1/stream?resume_from={resume_from}" if resume_from else "/v1/stream"
    return Upgrade(base_url, path, ("hubbub.v1", f"bearer.{token}"))


async def connect(upgrade: Upgrade, receiver: Receiver, *, source: str = "") -> "WebSocket":
    """Returns once the handshake is sent; `opened` or `ended` follows. Raises Unreachable.

    `source` is the own address: each has some 28,000 ports to the same server.
    """
    url = urlsplit(upgrade.base_url)
    is_tls = url.scheme == "https"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, socket = await asyncio.get_running_loop().create_connection(
                lambda: WebSocket(upgrade, receiver),
                url.hostname or "",
                url.port or (443 if is_tls else 80),
                ssl=ssl.create_default_context() if is_tls else None,
                local_addr=(source, 0) if source else None,
            )
    except TimeoutError:
        raise Unreachable(f"{url.netloc} does not accept connections") from None
    except OSError as error:
        raise Unreachable(f"{url.netloc} cannot be reached: {error.strerror or error}") from error
    return socket


class WebSocket(asyncio.Protocol):
    __slots__ = ("_buffer", "_is_open", "_key", "_part", "_receiver", "_transport", "_upgrade", "_why")

    def __init__(self, upgrade: Upgrade, receiver: Receiver) -> None:
        self._receiver: Receiver | None = receiver
        self._upgrade: Upgrade | None = upgrade
        self._key = b""
        self._buffer = b""
        self._part = b""
        self._is_open = False
        self._why = Ended(GONE)
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._is_open

    def send(self, text: bytes) -> None:
        """Does nothing once it is closed."""
        if self._is_open and self._transport is not None:
            self._transport.write(masked_frame(_TEXT, text))

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._end(Ended(code, reason), farewell=code.to_bytes(2, "big") + reason.encode()[:120])

    def abort(self) -> None:
        """As if the cable was cut."""
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert self._upgrade is not None  # noqa: S101 - it is forgotten only by the answer
        self._transport = cast(asyncio.Transport, transport)
        self._key = base64.b64encode(os.urandom(16))
        self._transport.write(self._upgrade.request(self._key))

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        at = 0 if self._is_open else self._shake_hands(data)
        if not self._is_open:
            self._buffer = data
            return
        size = len(data)
        while size - at >= 2:
            start, length = at + 2, data[at + 1]
            if length >= 126:
                start, length = _long(data, start, length)
            if length > MOST_BYTES:
                self._fail(1009 if length != _MASKED else 1002)
                return
            if start + length > size:
                break
            self._take(data[at], data[start : start + length])
            if not self._is_open:
                return
            at = start + length
        self._buffer = data[at:]

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if not self._is_open and self._upgrade is not None and self._buffer:
            self._why = _refused(self._buffer)
        receiver, self._receiver = self._receiver, None
        self._is_open, self._transport = False, None
        if receiver is not None:
            receiver.ended(self._why)

    def _shake_hands(self, data: bytes) -> int:
        """Where the frames begin. An answer that refuses is kept until it is whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        head = data[:end]
        if not head.startswith(b"HTTP/1.1 101 "):
            if len(data) >= end + 4 + _body_length(head):
                self._why = _refused(data)
                self._upgrade = None
                self.abort()
            return 0
        wanted = accept_of(self._key)
        if header(head, b"sec-websocket-accept") != wanted or not self._is_chosen(head):
            self._why = Ended(1002, "the server answered another handshake", 101, head)
            self._upgrade = None
            self.abort()
            return 0
        self._is_open = True
        self._upgrade = None
        if self._receiver is not None:
            self._receiver.opened()
        return end + 4

    def _is_chosen(self, head: bytes) -> bool:
        """The first of the protocols that were offered; the others carry what it needs."""
        offered = self._upgrade.protocols if self._upgrade else ()
        return not offered or header(head, b"sec-websocket-protocol") == offered[0]

    def _take(self, first: int, payload: bytes) -> None:
        if first == _TEXT:
            self._tell(payload)
        elif first == _PING:
            self._write(_PONG, payload)
        elif first == _CLOSE:
            code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self._end(Ended(code, payload[2:].decode("utf-8", "replace")), farewell=payload[:2])
        elif first in (_FIRST_PART, _NEXT_PART, _LAST_PART):
            self._join(first, payload)
        elif first != _PONG:
            self._fail(1003 if first == 0x82 else 1002)

    def _join(self, first: int, payload: bytes) -> None:
        self._part += payload
        if len(self._part) > MOST_BYTES:
            self._fail(1009)
        elif first == _LAST_PART:
            whole, self._part = self._part, b""
            self._tell(whole)

    def _tell(self, text: bytes) -> None:
        if self._receiver is not None:
            self._receiver.heard(text)

    def _write(self, first: int, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(masked_frame(first, payload))

    def _fail(self, code: int) -> None:
        self._end(Ended(code, "the server broke the protocol"), farewell=code.to_bytes(2, "big"))

    def _end(self, why: Ended, *, farewell: bytes) -> None:
        if self._is_open:
            self._is_open, self._why = False, why
            self._write(_CLOSE, farewell)
        if self._transport is not None:
            self._transport.close()


_MASKED = 1 << 64


def _long(data: bytes, start: int, length: int) -> tuple[int, int]:
    """Where the payload starts, and its length; more than there is when that is not yet known."""
    if length >= 128:
        return start, _MASKED  # a server never masks
    size = 2 if length == 126 else 8
    if len(data) < start + size:
        return len(data), 1
    return start + size, int.from_bytes(data[start : start + size], "big")


def masked_frame(first: int, payload: bytes) -> bytes:
    """As clients send frames: each with a key of its own that is not a secret."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    key = os.urandom(4)
    pad = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + key + mixed.to_bytes(size, "big")


def accept_of(key: bytes) -> str:
    """What a server that understood the handshake answers to its key."""
    return base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest()).decode()


def _refused(answer: bytes) -> Ended:
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return Ended(GONE, "the handshake was refused", status, head, body)


def _body_length(head: bytes) -> int:
    length = header(head, b"content-length")
    return int(length) if length.isdigit() else 0
