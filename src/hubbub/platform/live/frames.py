"""What is told to an account, and the bytes that its sockets are written."""

from typing import NamedTuple

# A text message that is whole, from the server: never masked, as RFC 6455 has it.
_TEXT = 0x81
_SHORT, _MEDIUM = 126, 1 << 16


class Told(NamedTuple):
    """One event for one account."""

    account_id: int
    type: str
    data: bytes
    """JSON, encoded once however many are told."""
    key: str = ""
    """What makes it once: the same told again to the same account within `ONCE_SECONDS` is dropped."""
    about: tuple[int, ...] = ()
    """Accounts that it speaks of: it is not replayed to whoever may not see one of them any more."""
    post_id: int = 0
    """The post that it shows: it is not replayed to whoever may not see it any more."""
    is_kept: bool = True
    """A hint (typing, presence, counts) has no id, and is missed by whoever is not connected."""


class Frame:
    """One event as each kind of connection is sent it; made once, written to many."""

    __slots__ = ("_sse", "_ws", "data", "id", "type")

    def __init__(self, type_: bytes, data: bytes, id_: bytes = b"") -> None:
        """`data` is JSON on one line; `id_` is empty for a hint."""
        self.type = type_
        self.data = data
        self.id = id_
        self._ws = b""
        self._sse = b""

    @property
    def ws(self) -> bytes:
        """A whole WebSocket frame with `{"id", "type", "data"}`."""
        if not self._ws:
            self._ws = text_frame(self.json)
        return self._ws

    @property
    def sse(self) -> bytes:
        """An event of an event stream, whose data is the same JSON."""
        if not self._sse:
            named = b"id: %b\nevent: %b\n" % (self.id, self.type) if self.id else b"event: %b\n" % self.type
            self._sse = b"%bdata: %b\n\n" % (named, self.json)
        return self._sse

    @property
    def json(self) -> bytes:
        head = b'{"id":"%b",' % self.id if self.id else b"{"
        data = b',"data":%b' % self.data if self.data else b""
        return b'%b"type":"%b"%b}' % (head, self.type, data)


def text_frame(text: bytes) -> bytes:
    """RFC 6455, section 5.2."""
    size = len(text)
    if size < _SHORT:
        return bytes((_TEXT, size)) + text
    if size < _MEDIUM:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big") + text
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + text
