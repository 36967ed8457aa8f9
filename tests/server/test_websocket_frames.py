"""What a client may send on a WebSocket, in the categories of the Autobahn suite, each with its answer."""

from collections.abc import Iterator

import msgspec
import pytest

from tests.server.support import PATIENT, RunningServer, serving
from tests.server.websocket_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Got,
    close,
    converse,
    fragments,
    frame,
    length,
    masked,
    text,
)

MOST = 16 * 1024
END = close(1000)
BYE = ("close", 1000)
Said = tuple[str, object]
Cases = dict[str, tuple[bytes, list[Said]]]


def said(*texts: str) -> list[Said]:
    return [*(("text", text) for text in texts), BYE]


def pong(*payloads: bytes) -> list[Said]:
    return [*(("pong", payload) for payload in payloads), BYE]


def closed(code: int) -> list[Said]:
    return [("close", code)]


# Sizes of text frames, and how their lengths are written

SIZES: Cases = {
    f"text of {size} bytes": (text("*" * size) + END, said("*" * size))
    for size in (0, 1, 125, 126, 127, 128, 1000, MOST - 1, MOST)
}
LENGTHS: Cases = {
    "text one byte over the limit": (text("*" * (MOST + 1)), closed(1009)),
    "text of 64 KB": (text("*" * 65536), closed(1009)),
    "text of 1 MB": (text("*" * 1_000_000), closed(1009)),
    "head of a text of 1 GB": (b"\x81" + length(1 << 30), closed(1009)),
    "head of a text of 2^62 bytes": (b"\x81" + length(1 << 62), closed(1009)),
    "length with the top bit set": (b"\x81\xff" + b"\xff" * 8 + b"mask", closed(1002)),
    "short length in two bytes": (b"\x81\xfe\x00\x05" + b"mask" + b"hello", closed(1002)),
    "125 in two bytes": (b"\x81\xfe\x00\x7d" + b"mask", closed(1002)),
    "short length in eight bytes": (b"\x81\xff" + (5).to_bytes(8, "big") + b"mask", closed(1002)),
    "65535 in eight bytes": (b"\x81\xff" + (65535).to_bytes(8, "big") + b"mask", closed(1002)),
    "binary": (frame(BINARY, b"\x00\x01") + END, closed(1003)),
    "binary without a byte": (frame(BINARY) + END, closed(1003)),
    "binary of 1 MB": (frame(BINARY, b"*" * 1_000_000), closed(1003)),
    "two texts in one piece": (text("a") + text("b") + END, said("a", "b")),
    "a hundred texts in one piece": (text("a") * 100 + END, said(*["a"] * 100)),
}
MASKS: Cases = {
    "text that is not masked": (frame(TEXT, b"a", mask=None), closed(1002)),
    "empty text that is not masked": (frame(TEXT, b"", mask=None), closed(1002)),
    "ping that is not masked": (frame(PING, b"a", mask=None), closed(1002)),
    "close that is not masked": (frame(CLOSE, b"\x03\xe8", mask=None), closed(1002)),
    "continuation that is not masked": (
        text("a", fin=False) + frame(CONTINUATION, b"b", mask=None),
        closed(1002),
    ),
    "mask of zeros": (frame(TEXT, b"as it is", mask=b"\0\0\0\0") + END, said("as it is")),
    "mask of ones": (frame(TEXT, b"turned", mask=b"\xff\xff\xff\xff") + END, said("turned")),
    "mask for each frame": (
        frame(TEXT, b"one", mask=b"abcd") + frame(TEXT, b"two", mask=b"wxyz") + END,
        said("one", "two"),
    ),
}
PINGS: Cases = {
    "ping": (frame(PING) + END, pong(b"")),
    "ping with text": (frame(PING, b"hello") + END, pong(b"hello")),
    "ping with bytes that are no text": (frame(PING, b"\x00\xff\xfe\xfd") + END, pong(b"\x00\xff\xfe\xfd")),
    "ping of 125 bytes": (frame(PING, b"\xfe" * 125) + END, pong(b"\xfe" * 125)),
    "ping of 126 bytes": (frame(PING, b"\xfe" * 126) + END, closed(1002)),
    "pong that nobody asked for": (frame(PONG) + END, [BYE]),
    "pong with text that nobody asked for": (frame(PONG, b"hello") + END, [BYE]),
    "pong of 126 bytes": (frame(PONG, b"a" * 126) + END, closed(1002)),
    "pong, then a ping": (frame(PONG, b"a") + frame(PING, b"b") + END, pong(b"b")),
    "ten pings": (
        b"".join(frame(PING, b"%d" % n) for n in range(10)) + END,
        pong(*(b"%d" % n for n in range(10))),
    ),
    "ping in fragments": (frame(PING, b"a", fin=False) + frame(CONTINUATION, b"b"), closed(1002)),
    "pong in fragments": (frame(PONG, b"a", fin=False), closed(1002)),
    "close in fragments": (frame(CLOSE, b"\x03\xe8", fin=False), closed(1002)),
}
RESERVED: Cases = {
    f"reserved bits {bits:03b} on opcode {opcode}": (
        text("a") + frame(opcode, b"", reserved=bits) + END,
        [("text", "a"), ("close", 1002)],
    )
    for bits in range(1, 8)
    for opcode in (TEXT, PING, CLOSE)
}
RESERVED |= {
    "reserved bit on a continuation": (
        text("a", fin=False) + frame(CONTINUATION, b"b", reserved=4),
        closed(1002),
    ),
    "compressed as nobody agreed": (frame(TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00", reserved=4), closed(1002)),
    "bomb of permessage-deflate": (frame(TEXT, b"\x00" * 1_000_000, reserved=4), closed(1002)),
}
OPCODES: Cases = {
    f"opcode {opcode} with {size} bytes": (
        text("a") + frame(opcode, b"b" * size) + END,
        [("text", "a"), ("close", 1002)],
    )
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    for size in (0, 1)
}
FRAGMENTS: Cases = {
    "two fragments": (fragments(b"one ", b"two") + END, said("one two")),
    "fifty fragments of a byte": (fragments(*[b"x"] * 50) + END, said("x" * 50)),
    "empty fragments": (fragments(b"", b"", b"") + END, said("")),
    "empty fragments around one that is not": (fragments(b"", b"a", b"") + END, said("a")),
    "ping between fragments": (
        text("a", fin=False) + frame(PING, b"p") + frame(CONTINUATION, b"b") + END,
        [("pong", b"p"), *said("ab")],
    ),
    "many pings between fragments": (
        text("a", fin=False)
        + (frame(PING, b"p") + frame(CONTINUATION, b"b", fin=False)) * 10
        + frame(CONTINUATION, b"c")
        + END,
        [*[("pong", b"p")] * 10, *said("a" + "b" * 10 + "c")],
    ),
    "close between fragments": (text("a", fin=False) + END, [BYE]),
    "two messages in fragments": (fragments(b"a", b"b") + fragments(b"c", b"d") + END, said("ab", "cd")),
    "continuation of nothing": (frame(CONTINUATION, b"a") + END, closed(1002)),
    "unfinished continuation of nothing": (frame(CONTINUATION, b"a", fin=False) + END, closed(1002)),
    "continuation after a whole text": (
        text("a") + frame(CONTINUATION, b"b") + END,
        [("text", "a"), ("close", 1002)],
    ),
    "text within fragments": (text("a", fin=False) + text("b") + END, closed(1002)),
    "unfinished text within fragments": (text("a", fin=False) + text("b", fin=False), closed(1002)),
    "binary within fragments": (text("a", fin=False) + frame(BINARY, b"b"), closed(1002)),
    "binary in fragments": (frame(BINARY, b"a", fin=False) + frame(CONTINUATION, b"b"), closed(1003)),
    "fragments as large as a message may be": (
        fragments(b"a" * (MOST - 1), b"b") + END,
        said("a" * (MOST - 1) + "b"),
    ),
    "fragments that are too large together": (fragments(b"a" * MOST, b"b") + END, closed(1009)),
    "last of many fragments too large": (fragments(*[b"a" * 1000] * 17) + END, closed(1009)),
    "head of a fragment that would be too large": (
        text("a", fin=False) + b"\x00" + length(MOST),
        closed(1009),
    ),
}

GOOD_TEXTS = {
    "two bytes": "µ", "three bytes": "€", "four bytes": "𝄞", "first of two bytes": "\u0080",
    "last of two bytes": "\u07ff", "first of three bytes": "\u0800", "before the surrogates": "\ud7ff",
    "after the surrogates": "\ue000", "replacement": "\ufffd", "noncharacter FFFE": "\ufffe",
    "noncharacter FFFF": "\uffff", "first of four bytes": "\U00010000", "last": "\U0010ffff",
    "NUL": "a\0b", "byte order mark": "\ufeffa", "kosme": "κόσμε",
}  # fmt: skip
BAD_TEXTS = {
    "lone continuation 80": b"\x80", "lone continuation BF": b"\xbf", "continuations": b"\x80\xbf\x80",
    "C0 80, an overlong NUL": b"\xc0\x80", "C1 BF": b"\xc1\xbf", "E0 80 AF": b"\xe0\x80\xaf",
    "F0 80 80 AF": b"\xf0\x80\x80\xaf", "F8, five bytes": b"\xf8\x88\x80\x80\x80",
    "FC, six bytes": b"\xfc\x84\x80\x80\x80\x80", "FE": b"\xfe", "FF": b"\xff",
    "FE FE FF FF": b"\xfe\xfe\xff\xff",
    "high surrogate": b"\xed\xa0\x80", "low surrogate": b"\xed\xbf\xbf", "pair": b"\xed\xa0\x80\xed\xb0\x80",
    "above the last": b"\xf4\x90\x80\x80", "cut after one of two": b"\xc2",
    "cut after two of three": b"\xe2\x82",
    "cut after three of four": b"\xf0\x9d\x84", "two cut": b"\xe2\x82\xe2\x82",
    "good, then bad": b"hello \xa0 there",
    "kosme, then a surrogate": "κόσμε".encode() + b"\xed\xa0\x80edited",
}  # fmt: skip
UTF8: Cases = {f"text with {name}": (text(words) + END, said(words)) for name, words in GOOD_TEXTS.items()}
UTF8 |= {f"text with {name}": (text(raw) + END, closed(1007)) for name, raw in BAD_TEXTS.items()}
UTF8 |= {
    f"fragments with {name}": (fragments(raw, b"a") + END, closed(1007)) for name, raw in BAD_TEXTS.items()
}
UTF8 |= {
    f"{name} cut into fragments of a byte": (
        fragments(*(bytes((byte,)) for byte in words.encode())) + END,
        said(words),
    )
    for name, words in GOOD_TEXTS.items()
}
UTF8 |= {
    "bad fragment without an end": (text(b"a\xed\xa0\x80", fin=False), closed(1007)),
    "text that ends in a last empty fragment": (fragments(b"\xe2\x82", b"") + END, closed(1007)),
    "ping within a character": (
        text(b"\xe2", fin=False) + frame(PING, b"p") + frame(CONTINUATION, b"\x82\xac") + END,
        [("pong", b"p"), *said("€")],
    ),
}

CLOSES: Cases = {
    "close without a code": (close(None), closed(0)),
    "close of one byte": (frame(CLOSE, b"\x03"), closed(1002)),
    "close with a reason": (close(1000, b"done"), closed(1000)),
    "close with a reason of 123 bytes": (close(1000, b"*" * 123), closed(1000)),
    "close with a reason of 124 bytes": (close(1000, b"*" * 124), closed(1002)),
    "close with a reason that is no text": (close(1000, b"\xed\xa0\x80"), closed(1007)),
    "close twice": (END + close(1001), [BYE]),
    "ping after a close": (END + frame(PING, b"p"), [BYE]),
    "text after a close": (END + text("a"), [BYE]),
    "garbage after a close": (END + b"\xff" * 5000, [BYE]),
    "close after a text": (text("a") + END, said("a")),
    "asked to close": (text("close 4001 token expired"), closed(4001)),
    "asked to close, and texts after": (text("close 4001 x") + text("a") * 10, closed(4001)),
    "listener that raises": (text("raise"), closed(1011)),
}
CLOSES |= {
    f"close with {code}": (close(code), closed(code))
    for code in (1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999)
}
CLOSES |= {
    f"close with {code}, which is not allowed": (close(code), closed(1002))
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
}
OTHERS: Cases = {
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", closed(1002)),
    "ones": (b"\xff" * 100, closed(1002)),
    "zeros": (b"\x00" * 100, closed(1002)),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", closed(1002)),
    "line breaks": (b"\r\n\r\n", closed(1002)),
    "a text masked twice": (frame(TEXT, masked(b"hello\xff", b"\x01\x02\x03\x04")), closed(1007)),
}

CASES: Cases = SIZES | LENGTHS | MASKS | PINGS | RESERVED | OPCODES | FRAGMENTS | UTF8 | CLOSES | OTHERS
DRIBBLED = {name: case for name, case in CASES.items() if len(case[0]) <= 600}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT) as running:
        yield running


def shown(got: Got) -> Said:
    if got.opcode == TEXT:
        echo: dict[str, object] = msgspec.json.decode(got.payload)
        return "text", echo["data"]
    return ("close", got.code) if got.opcode == CLOSE else ("pong", got.payload)


@pytest.mark.parametrize("name", CASES)
def test_frames_sent_at_once_are_answered(server: RunningServer, name: str) -> None:
    sent, expected = CASES[name]

    assert [shown(got) for got in converse(server, [sent])] == expected


@pytest.mark.parametrize("name", DRIBBLED)
def test_frames_sent_byte_by_byte_are_answered_alike(server: RunningServer, name: str) -> None:
    sent, expected = CASES[name]

    answers = converse(server, (bytes((byte,)) for byte in sent))

    assert [shown(got) for got in answers] == expected


def test_cases_are_many_and_each_category_is_there() -> None:
    codes = {expected[-1][1] for _, expected in CASES.values()}

    assert len(CASES) >= 200
    assert {0, 1000, 1002, 1003, 1007, 1009, 1011} <= codes
