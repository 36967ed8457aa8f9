"""The frames of RFC 6455, as a client sends them and as they are answered. Knows no socket."""

from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))
MAX_CONTROL_BYTES = 125

NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED, NO_CODE, ABNORMAL = 1000, 1001, 1002, 1003, 1005, 1006
BAD_DATA, TOO_BIG, OUR_FAULT = 1007, 1009, 1011
SLOW_CONSUMER, TOO_MANY_FRAMES = 4008, 4029

# Registered codes that may stand in a frame: without 1004, and those that say that there was none.
_REGISTERED = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015)))

PING_FRAME = bytes((0x80 | PING, 0))


class BrokenFrame(Exception):
    """Carries the close code that it is answered with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Frame(NamedTuple):
    opcode: int
    is_last: bool
    payload: bytes
    end: int
    """Where the next frame begins."""


def read_frame(data: bytes, at: int, room: int, *, is_continuing: bool) -> Frame | None:
    """The frame at `at`, or None while it is not whole. Raises BrokenFrame as soon as its head is there.

    `room` is what the message that is under way may still take.
    """
    if len(data) - at < 2:
        return None
    first, second = data[at], data[at + 1]
    opcode, is_last, size = first & 0x0F, first > 0x7F, second & 0x7F
    if first & 0x70 or opcode not in OPCODES:
        raise BrokenFrame(PROTOCOL_ERROR, "reserved")
    if second < 0x80:
        raise BrokenFrame(PROTOCOL_ERROR, "not masked")
    if opcode >= CLOSE:
        if not is_last or size > MAX_CONTROL_BYTES:
            raise BrokenFrame(PROTOCOL_ERROR, "control frame")
    else:
        _check_order(opcode, is_continuing=is_continuing)
    at += 2
    if size > MAX_CONTROL_BYTES:
        width = 2 if size == 126 else 8
        if len(data) - at < width:
            return None
        size = _long_size(data[at : at + width])
        at += width
    if opcode < CLOSE and size > room:
        raise BrokenFrame(TOO_BIG, "message too big")
    start, end = at + 4, at + 4 + size
    if len(data) < end:
        return None
    return Frame(opcode, is_last, _unmasked(data[start:end], data[at:start]), end)


def _check_order(opcode: int, *, is_continuing: bool) -> None:
    if is_continuing != (opcode == CONTINUATION):
        raise BrokenFrame(PROTOCOL_ERROR, "fragments")
    if opcode == BINARY:
        raise BrokenFrame(UNSUPPORTED, "text only")


def _long_size(digits: bytes) -> int:
    size = int.from_bytes(digits, "big")
    shortest = 126 if len(digits) == 2 else 1 << 16
    if size < shortest or size >> 63:
        raise BrokenFrame(PROTOCOL_ERROR, "length")
    return size


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    """As one large number, which is the fastest that Python has without a library."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def control_frame(opcode: int, payload: bytes = b"") -> bytes:
    return bytes((0x80 | opcode, len(payload))) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """The reason is cut where it would not fit, between two characters."""
    text = reason.encode()[: MAX_CONTROL_BYTES - 2].decode(errors="ignore").encode()
    return control_frame(CLOSE, code.to_bytes(2, "big") + text)


def read_close(payload: bytes) -> int:
    """The code of a close frame, NO_CODE for none. Raises BrokenFrame for one that must not be sent."""
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2], "big")  # one byte alone is no code either
    if not (code in _REGISTERED or 3000 <= code <= 4999):
        raise BrokenFrame(PROTOCOL_ERROR, "close code")
    check_text(payload[2:])
    return code


def check_text(text: bytes) -> None:
    """Raises BrokenFrame for what is not UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        raise BrokenFrame(BAD_DATA, "not UTF-8") from None
