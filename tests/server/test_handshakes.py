"""Before the upgrade: what opens a WebSocket or an event stream, and what does not."""

import socket
from collections.abc import Iterator

import pytest

from hubbub.platform.telemetry.metrics import REGISTRY
from tests.server.support import (
    HELLO,
    PATIENT,
    Echo,
    RunningServer,
    read_all,
    read_answer,
    serving,
    status_of,
    wait_until,
)
from tests.server.websocket_client import (
    CLOSE,
    HANDSHAKE,
    KEY,
    TEXT,
    Got,
    close,
    open_on,
    opened,
    read_frame,
    read_head,
    text,
)

EVENTS = b"GET /open HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT) as running:
        yield running


def test_accept_is_that_of_the_standard(server: RunningServer) -> None:
    with server.connect() as client:
        head = open_on(client).lower()

    assert b"\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n" in head
    assert b"\r\nupgrade: websocket\r\n" in head
    assert b"\r\nconnection: upgrade\r\n" in head
    assert b"\r\ndate: " in head
    assert b"content-length" not in head
    assert b"sec-websocket-extensions" not in head


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Upgrade: websocket", b"Upgrade: WebSocket"),
        (b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        (b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
        (b"Connection: Upgrade", b"Connection: keep-alive\r\nConnection: upgrade"),
        (b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"),
    ],
)
def test_handshake_in_other_words_opens_one(server: RunningServer, old: bytes, new: bytes) -> None:
    with server.connect() as client:
        client.sendall(HANDSHAKE.replace(old, new))
        head = read_head(client)

    assert status_of(head) == 101
    assert b"extensions" not in head.lower()


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Version: 13", b"Version: 8", 426),
        (b"Version: 13", b"Version: 14", 426),
        (b"Version: 13", b"Version: 13, 8", 426),
        (b"Version: 13", b"Version: ", 426),
        (b"Sec-WebSocket-Version: 13\r\n", b"", 426),
        (b"Version: 13", b"Version: 13\r\nSec-WebSocket-Version: 13", 400),
        (b"Sec-WebSocket-Key: " + KEY + b"\r\n", b"", 400),
        (KEY, b"", 400),
        (KEY, b"c2hvcnQ=", 400),
        (KEY, KEY + b"AAAA", 400),
        (KEY, b"d-_sIHNhbXBsZSBub25jZQ==", 400),
        (KEY, b"***", 400),
        (KEY, KEY + b"\r\nSec-WebSocket-Key: " + KEY, 400),
        (b"GET ", b"POST ", 400),
        (b"GET ", b"HEAD ", 400),
        (b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"\r\n\r\n", b"\r\nOrigin: http://a\r\nOrigin: http://b\r\n\r\n", 400),
        (b"Host: a\r\n", b"", 400),
    ],
)
def test_what_is_no_handshake_is_refused(server: RunningServer, old: bytes, new: bytes, status: int) -> None:
    assert old in HANDSHAKE

    received = server.ask(HANDSHAKE.replace(old, new, 1))

    head = received.lower()
    assert status_of(received) == status
    assert b"connection: close" in head
    if status == 426:
        assert b"\r\nsec-websocket-version: 13\r\n" in head
        assert b"\r\nupgrade: websocket\r\n" in head


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Connection: Upgrade", b"Connection: keep-alive"),
        (b"Upgrade: websocket\r\n", b""),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
    ],
)
def test_request_without_an_upgrade_is_an_ordinary_one(server: RunningServer, old: bytes, new: bytes) -> None:
    with server.connect() as client:
        client.sendall(HANDSHAKE.replace(old, new).replace(b"/open", b"/hello"))
        status, body = read_answer(client)

    assert (status, body) == (200, b"hello")


def test_frames_sent_along_with_the_handshake_are_heard(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(HANDSHAKE + text("early") + close())
        read_head(client)
        first, last = read_frame(client), read_frame(client)

    assert (first.opcode, b"early" in first.payload, last.code) == (TEXT, True, 1000)


def test_much_that_is_sent_along_is_heard_too(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(HANDSHAKE.replace(b"/open", b"/later") + text("x" * 1000) * 150)
        wait_until(lambda: server.app.openings > 0)
        server.app.release.set()
        read_head(client)
        heard = [len(read_frame(client).payload) for _ in range(150)]
        client.sendall(close())
        last = read_frame(client)
    server.app.release.clear()

    assert heard == [len(b'{"type":"echo","data":""}') + 1000] * 150
    assert last.code == 1000


def test_client_that_leaves_before_the_answer_is_never_attached(server: RunningServer) -> None:
    app: Echo = server.app
    before, guests = app.openings, len(app.guests)
    with server.connect() as one, server.connect() as two:
        one.sendall(HANDSHAKE.replace(b"/open", b"/later"))
        two.sendall(EVENTS.replace(b"/open", b"/later"))
        wait_until(lambda: app.openings == before + 2)
    wait_until(lambda: REGISTRY.get_sample_value("hubbub_connections") == 0)
    app.release.set()
    wait_until(lambda: app.openings_done == app.openings)
    app.release.clear()

    assert len(app.guests) == guests


def test_stream_that_opens_while_the_server_stops_is_told_so() -> None:
    with serving(limits=PATIENT) as server, server.connect() as client:
        client.sendall(HANDSHAKE.replace(b"/open", b"/later"))
        wait_until(lambda: server.app.openings == 1)
        server.ask_to_stop()
        wait_until(lambda: refuses(server))
        server.app.release.set()
        head, last = read_head(client), read_frame(client)

    assert status_of(head) == 101
    assert last == Got(CLOSE, (1001).to_bytes(2, "big") + b"going away")


def refuses(server: RunningServer) -> bool:
    try:
        server.connect().close()
    except ConnectionError:
        return True
    return False


def test_frames_after_a_refused_handshake_are_no_requests(server: RunningServer) -> None:
    server.app.requests.clear()

    received = server.ask(HANDSHAKE.replace(b"/open", b"/hello"), HELLO)

    assert received.count(b"HTTP/1.1 ") == 1
    assert [path for _, path, _ in server.app.requests] == ["/hello"]


def test_handshake_may_follow_a_request_on_its_connection(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(HELLO)
        assert read_answer(client) == (200, b"hello")
        open_on(client)
        client.sendall(text("hi"))
        assert b'"hi"' in read_frame(client).payload


def test_event_stream_begins_with_when_to_come_back(server: RunningServer) -> None:
    waits = set()
    for _ in range(5):
        with server.connect() as client:
            client.sendall(EVENTS)
            head = read_head(client).lower()
            waits.add(int(read_line(client).removeprefix(b"retry: ")))

    assert b"\r\nconnection: close\r\n" in head
    assert b"transfer-encoding" not in head
    assert len(waits) > 1
    assert all(2000 <= wait <= 8000 for wait in waits)


def test_event_stream_is_for_http_10_too(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(EVENTS.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert status_of(read_head(client)) == 200
        assert read_line(client).startswith(b"retry: ")


def test_requests_behind_an_event_stream_are_not_answered(server: RunningServer) -> None:
    server.app.requests.clear()
    with server.connect() as client:
        client.sendall(EVENTS + HELLO * 3)
        read_head(client)
        client.sendall(HELLO * 2000)
        received = read_all(client)

    assert b"HTTP/1.1" not in received
    assert server.app.requests == []


def read_line(client: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += client.recv(1)
    return line.rstrip()


def test_many_open_and_close_one_after_another(server: RunningServer) -> None:
    for _ in range(200):
        with opened(server) as client:
            client.sendall(close())
            assert read_frame(client).code == 1000
