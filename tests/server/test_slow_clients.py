"""Clients that take their time: cut at their deadline, without harm to those who do not."""

import socket
import time
from collections.abc import Iterator

import pytest

from hubbub.platform.telemetry.metrics import REGISTRY
from tests.server.support import (
    HELLO,
    QUICK,
    Echo,
    RunningServer,
    read_all,
    read_answer,
    serving,
    status_of,
    wait_until,
)

SLOW_POST = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving() as running:
        yield running


def seconds_until_cut(client: socket.socket) -> tuple[float, bytes]:
    started = time.monotonic()
    received = read_all(client)
    return time.monotonic() - started, received


def test_silent_connection_is_closed_without_a_word(server: RunningServer) -> None:
    with server.connect() as client:
        seconds, received = seconds_until_cut(client)

    assert received == b""
    assert QUICK.head_seconds <= seconds < 2


@pytest.mark.parametrize("part", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_unfinished_headers_are_answered_with_408(server: RunningServer, part: bytes) -> None:
    with server.connect() as client:
        client.sendall(part)
        seconds, received = seconds_until_cut(client)

    assert status_of(received) == 408
    assert b'"code":"request_timeout"' in received
    assert QUICK.head_seconds <= seconds < 2


def test_dribbled_headers_do_not_move_the_deadline(server: RunningServer) -> None:
    with server.connect() as client:
        started = time.monotonic()
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        client.settimeout(0.02)
        received = b""
        while not received and time.monotonic() - started < 3:
            client.sendall(b"y")
            try:
                received = client.recv(4096)
            except TimeoutError:
                continue

    assert status_of(received) == 408
    assert time.monotonic() - started < 2


def test_empty_lines_do_not_keep_a_connection(server: RunningServer) -> None:
    with server.connect() as client:
        started = time.monotonic()
        client.settimeout(0.05)
        is_open = True
        while is_open and time.monotonic() - started < 3:
            try:
                client.sendall(b"\r\n")
                is_open = client.recv(1) != b""
            except TimeoutError:
                continue
            except ConnectionError:
                is_open = False

    assert not is_open
    assert time.monotonic() - started < 2


def test_body_that_stops_is_answered_with_408(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(SLOW_POST + b"x" * 100)
        seconds, received = seconds_until_cut(client)

    assert status_of(received) == 408
    assert QUICK.grace_seconds <= seconds < 3


def test_body_that_stops_after_a_fast_start_is_cut_as_soon(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(SLOW_POST + b"x" * 60_000)
        seconds, received = seconds_until_cut(client)

    assert status_of(received) == 408
    assert seconds < 3


def test_dribbled_body_is_cut_and_the_handler_is_told(server: RunningServer) -> None:
    app: Echo = server.app
    wait_until(lambda: REGISTRY.get_sample_value("hubbub_connections") == 0)
    before = app.disconnects
    with server.connect() as client:
        client.sendall(SLOW_POST)
        client.settimeout(0.02)
        received, started = b"", time.monotonic()
        while not received and time.monotonic() - started < 5:
            client.sendall(b"x")
            try:
                received = client.recv(4096)
            except TimeoutError:
                continue

    assert status_of(received) == 408
    wait_until(lambda: app.disconnects == before + 1)


def test_chunked_body_that_stops_is_cut(server: RunningServer) -> None:
    received = server.ask(
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhel"
    )

    assert status_of(received) == 408


def test_body_at_the_least_speed_is_served() -> None:
    with serving(bytes_per_second=2000, grace_seconds=1.0) as server, server.connect() as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n")
        for _ in range(20):
            client.sendall(b"x" * 200)
            time.sleep(0.08)

        assert read_answer(client) == (200, b"x" * 4000)


def test_idle_connection_is_closed_after_its_time(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(HELLO)
        assert read_answer(client) == (200, b"hello")
        seconds, received = seconds_until_cut(client)

    assert received == b""
    assert QUICK.idle_seconds <= seconds < 2


def test_long_handler_is_not_an_idle_connection(server: RunningServer) -> None:
    app: Echo = server.app
    app.release.clear()
    with server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(4 * QUICK.idle_seconds)
        app.release.set()

        assert read_answer(client) == (200, b"hello")


def small_window(server: RunningServer) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(5)
    client.connect(("127.0.0.1", server.port))
    return client


def test_reply_that_nobody_reads_is_cut(server: RunningServer) -> None:
    with small_window(server) as client:
        client.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1.5)
        received = read_all(client)

    assert 0 < len(received) < 20_000_000


def test_reply_read_slowly_but_steadily_arrives_whole() -> None:
    with serving() as server, small_window(server) as client:
        client.sendall(b"GET /big/8000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received, started = 0, time.monotonic()
        while piece := client.recv(2000):
            received += len(piece)
            if received < 600_000:
                time.sleep(0.005)
        seconds = time.monotonic() - started

    assert received > 8_000_000
    assert seconds > 3 * QUICK.grace_seconds


def test_reader_of_one_reply_is_given_no_second(server: RunningServer) -> None:
    app: Echo = server.app
    app.requests.clear()
    with small_window(server) as client:
        client.sendall(b"GET /big/9000000 HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        time.sleep(0.2)
        started = len(app.requests)

    assert started <= 2
