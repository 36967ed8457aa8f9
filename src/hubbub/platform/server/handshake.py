"""What turns an HTTP request into a WebSocket: RFC 6455, section 4.2."""

import base64
import binascii
import hashlib
from typing import NamedTuple

from hubbub.errors import UpgradeRequired
from hubbub.platform.server.framing import Refused
from hubbub.platform.server.refusals import BrokenHttp

VERSION = b"13"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_ONCE = (b"sec-websocket-key", b"sec-websocket-version", b"origin")


class Handshake(NamedTuple):
    protocols: tuple[str, ...]
    """Subprotocols that the client offers."""
    accept: bytes
    """What proves to the client that its handshake was understood."""


def wants_websocket(headers: list[tuple[bytes, bytes]]) -> bool:
    return b"websocket" in _listed(headers, b"upgrade") and b"upgrade" in _listed(headers, b"connection")


def read_handshake(headers: list[tuple[bytes, bytes]]) -> Handshake:
    """Raises Refused: with 426 for another version, with 400 for what is no handshake at all."""
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise Refused(BrokenHttp(f"{name.decode()} twice"))
    fields = dict(headers)
    if fields.get(b"sec-websocket-version") != VERSION:
        raise Refused(UpgradeRequired("version"))
    key = fields.get(b"sec-websocket-key", b"")
    if not _is_key(key):
        raise Refused(BrokenHttp("sec-websocket-key"))
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    offered = _listed(headers, b"sec-websocket-protocol", folds=False)
    return Handshake(tuple(name.decode("latin-1") for name in offered), base64.b64encode(digest))


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _listed(headers: list[tuple[bytes, bytes]], wanted: bytes, *, folds: bool = True) -> list[bytes]:
    """The items of all headers of this name."""
    text = b",".join(value for name, value in headers if name == wanted)
    items = [item.strip() for item in (text.lower() if folds else text).split(b",")]
    return [item for item in items if item]
