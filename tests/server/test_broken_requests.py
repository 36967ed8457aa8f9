"""Requests that two parsers could read differently, or that are none at all: answered and cut."""

from collections.abc import Iterator

import msgspec
import pytest

from hubbub.platform.server.framing import Refused, read_head
from tests.server.support import HELLO, PATIENT, Echo, RunningServer, serving, status_of

H = b"Host: a\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + H
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + H + b"\r\n"

BROKEN = {
    "length and chunked": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths that differ": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "two lengths that agree": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "length with plus": POST + b"Content-Length: +5\r\n\r\nhello",
    "length with minus": POST + b"Content-Length: -5\r\n\r\nhello",
    "length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "length with fraction": POST + b"Content-Length: 5.0\r\n\r\nhello",
    "length with underscore": POST + b"Content-Length: 1_0\r\n\r\nhello",
    "length without digits": POST + b"Content-Length: \r\n\r\nhello",
    "length beyond 64 bits": POST + b"Content-Length: 99999999999999999999\r\n\r\nhello",
    "length in other digits": POST + "Content-Length: ٥\r\n\r\nhello".encode(),
    "coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding identity": POST + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding with quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "coding with vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk extension": CHUNKED + b"1;a=b\r\na\r\n0\r\n\r\n",
    "chunk extension at the end": CHUNKED + b"1\r\na\r\n0;a\r\n\r\n",
    "chunk size in 0x": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "chunk size with plus": CHUNKED + b"+1\r\na\r\n0\r\n\r\n",
    "chunk size with minus": CHUNKED + b"-1\r\na\r\n0\r\n\r\n",
    "chunk size with space": CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
    "chunk size beyond 32 bits": CHUNKED + b"fffffffff\r\na\r\n0\r\n\r\n",
    "chunk size without digits": CHUNKED + b"\r\na\r\n0\r\n\r\n",
    "chunk longer than its size": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "chunk lines with bare LF": CHUNKED + b"1\na\n0\n\n",
    "chunk size ended by bare LF": CHUNKED + b"1\na\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"1\r\na\r\n0\r\nX: y\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\n" + H + b"X: a\r\n b\r\n\r\n",
    "folded first header": b"GET / HTTP/1.1\r\n X: a\r\n" + H + b"\r\n",
    "NUL in a value": b"GET / HTTP/1.1\r\n" + H + b"X: a\0b\r\n\r\n",
    "NUL in a name": b"GET / HTTP/1.1\r\n" + H + b"X\0: a\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\n" + H + b"\r\n",
    "DEL in a value": b"GET / HTTP/1.1\r\n" + H + b"X: \x7f\r\n\r\n",
    "bare LF everywhere": b"GET / HTTP/1.1\nHost: a\n\n",
    "bare LF after a header": b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    "bare LF at the end": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "bare CR in a value": b"GET / HTTP/1.1\r\n" + H + b"X: a\rb\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "tab before the colon": b"GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
    "space before a length's colon": POST + b"Content-Length : 5\r\n\r\nhello",
    "header without a name": b"GET / HTTP/1.1\r\n" + H + b": b\r\n\r\n",
    "header without a colon": b"GET / HTTP/1.1\r\n" + H + b"X\r\n\r\n",
    "header name with bytes above ASCII": b"GET / HTTP/1.1\r\n" + H + b"X\xff: b\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two authorizations": b"GET / HTTP/1.1\r\n" + H + b"Authorization: a\r\nAuthorization: b\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + H + b"\r\n",
    "tab as separator": b"GET\t/ HTTP/1.1\r\n" + H + b"\r\n",
    "space after the version": b"GET / HTTP/1.1 \r\n" + H + b"\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\n" + H + b"\r\n",
    "target above ASCII": b"GET /\xff HTTP/1.1\r\n" + H + b"\r\n",
    "target with fragment": b"GET /#a HTTP/1.1\r\n" + H + b"\r\n",
    "target with origin": b"GET http://b/x HTTP/1.1\r\n" + H + b"\r\n",
    "target without slash": b"GET hello HTTP/1.1\r\n" + H + b"\r\n",
    "target of one star": b"OPTIONS * HTTP/1.1\r\n" + H + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "version in lower case": b"GET / http/1.1\r\n" + H + b"\r\n",
    "version of two digits": b"GET / HTTP/1.10\r\n" + H + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "binary": b"\x80\x81\x82\r\n\r\n",
    "body in a WebSocket handshake": b"GET / HTTP/1.1\r\n"
    + H
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello",
}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT) as running:
        yield running


@pytest.mark.parametrize("name", BROKEN)
def test_broken_request_is_400_and_what_follows_is_not_read(server: RunningServer, name: str) -> None:
    app: Echo = server.app
    app.requests.clear()

    received = server.ask(BROKEN[name] + SMUGGLED)

    assert status_of(received) == 400, received
    assert received.count(b"\r\ndate: ") == 1
    assert all(path != "/smuggled" for _, path, _ in app.requests)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    assert b"\r\nserver:" not in head.lower()
    problem = msgspec.json.decode(body)
    assert problem["status"] == 400
    assert f"x-request-id: {problem['request_id']}".encode() in head


@pytest.mark.parametrize("name", BROKEN)
def test_broken_request_is_400_when_it_arrives_byte_by_byte(server: RunningServer, name: str) -> None:
    with server.connect() as client:
        received = b""
        try:
            for byte in BROKEN[name]:
                client.sendall(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            pass
        while piece := client.recv(65536):
            received += piece

    assert status_of(received) == 400, received


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"TRACE / HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"CONNECT a:1 HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"PURGE / HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"FOO / HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"get / HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"M-SEARCH / HTTP/1.1\r\n" + H + b"\r\n", 405),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET / HTTP/2.0\r\n" + H + b"\r\n", 505),
        (b"GET / HTTP/1.2\r\n" + H + b"\r\n", 505),
        (b"GET / HTTP/1.1\r\n" + H + b"Expect: 200-ok\r\n\r\n", 417),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + H + b"\r\n", 414),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + H + b"\r\n", 414),
        (b"GET /" + b"a" * 70_000, 414),
        (b"GET / HTTP/1.1\r\n" + H + b"X: y\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + H + b"X: " + b"y" * 66_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + H + b"X: " + b"y" * 80_000, 431),
        (b"GET / HTTP/1.1\r\n" + H + b"Cookie: " + b"a=b; " * 20_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_not_spoken_here_has_its_own_status(
    server: RunningServer, request_: bytes, status: int
) -> None:
    received = server.ask(request_)

    assert status_of(received) == status
    if status == 405:
        assert b"allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" in received


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n" + HELLO,
        b"GET / HTTP/1.1\r\nHOST:a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + H + b"X: \xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + H + b"X:\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + H + b"X: y\r\n" * 99 + b"\r\n",
        b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\n" + H + b"\r\n",
        b"GET / HTTP/1.1\r\n" + H + b"X: " + b"y" * 60_000 + b"\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + H + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        POST + b"Content-Length: 5\r\n\r\nhello",
        POST + b"Content-Length:  5 \r\n\r\nhello",
        POST + b"Content-Length: 0\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"0005\r\nhello\r\n000\r\n\r\n",
        POST + b"transfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("is_dribbled", [False, True])
def test_odd_but_sound_request_is_served(server: RunningServer, request_: bytes, is_dribbled: bool) -> None:
    size = max(1, len(request_) // 200) if is_dribbled else len(request_)
    pieces = [request_[at : at + size] for at in range(0, len(request_), size)]

    status, body = server.answer(*pieces)

    assert (status, body) == (200, b"hello")


def test_body_of_many_tiny_chunks_is_refused(server: RunningServer) -> None:
    received = server.ask(CHUNKED + b"1\r\na\r\n" * 1100)

    assert status_of(received) == 400


HEADERS = [
    "folded",
    "NUL in a",
    "DEL",
    "bare",
    "space before",
    "tab before",
    "header ",
    "space after",
    "HTTP/0.9",
]


@pytest.mark.parametrize("name", [name for name in BROKEN if name.startswith(tuple(HEADERS))])
def test_our_own_grammar_refuses_a_broken_head_without_the_parsers_help(name: str) -> None:
    head = BROKEN[name].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    with pytest.raises(Refused):
        read_head(head, PATIENT)
