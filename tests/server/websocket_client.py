"""The client's side of a WebSocket over a raw socket, which sends whatever it is told to."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from tests.server.support import DEADLINE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = (
    b"GET /open HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: %b\r\nSec-WebSocket-Version: 13\r\n\r\n" % KEY
)


class Connectable(Protocol):
    def connect(self, source: str = "127.0.0.1") -> socket.socket: ...


class Got(NamedTuple):
    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """Of a close frame; 0 for one without."""
        return int.from_bytes(self.payload[:2], "big")


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, mask: bytes | None = MASK
) -> bytes:
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    return bytes((first,)) + length(len(payload), mask) + masked(payload, mask)


def length(size: int, mask: bytes | None = MASK) -> bytes:
    bit = 0 if mask is None else 0x80
    if size < 126:
        return bytes((bit | size,)) + (mask or b"")
    if size < 1 << 16:
        return bytes((bit | 126,)) + size.to_bytes(2, "big") + (mask or b"")
    return bytes((bit | 127,)) + size.to_bytes(8, "big") + (mask or b"")


def masked(payload: bytes, mask: bytes | None) -> bytes:
    if mask is None:
        return payload
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def text(words: str | bytes, *, fin: bool = True) -> bytes:
    return frame(TEXT, words.encode() if isinstance(words, str) else words, fin=fin)


def close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


def fragments(*pieces: bytes, opcode: int = TEXT) -> bytes:
    """One message in several frames."""
    kinds = [opcode, *[CONTINUATION] * (len(pieces) - 1)]
    return b"".join(
        frame(kind, piece, fin=at == len(pieces))
        for at, (kind, piece) in enumerate(zip(kinds, pieces, strict=True), 1)
    )


def parse(data: bytes) -> Iterator[Got]:
    """Every frame of a server: whole, not masked, nothing reserved, lengths as short as can be."""
    at = 0
    while at < len(data):
        first, size = data[at], data[at + 1]
        assert first & 0xF0 == 0x80, "a server's frames are whole, without reserved bits"
        assert size < 128, "a server masks nothing"
        at += 2
        if size == 126:
            size, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            assert size >= 126
        elif size == 127:
            size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
            assert size >= 1 << 16
        assert at + size <= len(data), "cut within a frame"
        yield Got(first & 0x0F, data[at : at + size])
        at += size


def read_head(client: socket.socket) -> bytes:
    """To the blank line, and not a byte further."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = client.recv(1)
        if not piece:
            raise EOFError(head)
        head += piece
    return head


@contextmanager
def opened(server: Connectable, *, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    with server.connect(source) as client:
        open_on(client)
        yield client


def open_on(client: socket.socket) -> bytes:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(HANDSHAKE)
    head = read_head(client)
    assert head.startswith(b"HTTP/1.1 101 "), head
    return head


def read_frame(client: socket.socket) -> Got:
    """The next frame, pings left out."""
    while True:
        first, size = _exactly(client, 2)
        if size >= 126:
            size = int.from_bytes(_exactly(client, 2 if size == 126 else 8), "big")
        got = Got(first & 0x0F, _exactly(client, size))
        if got.opcode != PING:
            return got


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise EOFError(data)
        data += piece
    return data


def read_to_end(client: socket.socket) -> bytes:
    """What comes until the server has closed its side."""
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def converse(server: Connectable, pieces: Iterable[bytes]) -> list[Got]:
    """All that a fresh WebSocket answers to these pieces, each sent on its own; pings left out."""
    with opened(server) as client:
        client.settimeout(DEADLINE)
        try:
            for piece in pieces:
                client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        return [got for got in parse(read_to_end(client)) if got.opcode != PING]
