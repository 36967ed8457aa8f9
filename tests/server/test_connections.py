"""Keeping alive, asking ahead, Expect, limits on connections, and stopping."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.platform.server import CannotListen, bind
from hubbub.platform.server.limits import Limits, address_key
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

POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT) as running:
        yield running


def test_connection_serves_one_request_after_another(server: RunningServer) -> None:
    with server.connect() as client:
        for number in range(20):
            body = b"x" * (number + 1)
            client.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert read_answer(client) == (200, body)


def test_requests_sent_ahead_are_answered_in_order(server: RunningServer) -> None:
    bodies = [b"%d" % number for number in range(100, 200)]
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\n%b\r\n0\r\n\r\n"
    plain = POST + b"Content-Length: 3\r\n\r\n%b"
    requests = [(chunked if number % 2 else plain) % body for number, body in enumerate(bodies)]

    received = server.ask(*requests, HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    answers = [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]]
    assert answers == [*bodies, b"hello"]


def test_what_is_sent_ahead_is_held_back_at_the_client(server: RunningServer) -> None:
    app: Echo = server.app
    app.release.clear()
    with server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        client.settimeout(1.5)
        with pytest.raises(TimeoutError):
            client.sendall(HELLO * 400_000)
    app.release.set()


def test_date_is_sent_and_the_server_is_not_named(server: RunningServer) -> None:
    received = server.ask(b"GET / HTTP/1.0\r\n\r\n")

    head = received.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\ndate: " in head
    assert b"\r\nserver:" not in head
    assert b"uvicorn" not in received.lower()


def test_head_has_length_and_no_body(server: RunningServer) -> None:
    received = server.ask(b"HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert b"content-length: 5" in received
    assert received.endswith(b"\r\n\r\n")


def test_answer_without_length_is_chunked_for_11_and_closed_for_10(server: RunningServer) -> None:
    new = server.ask(b"GET /chunked HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    old = server.ask(b"GET /chunked HTTP/1.0\r\n\r\n")

    assert b"transfer-encoding: chunked" in new
    assert b"chunked" not in old
    assert b"connection: close" in old


def test_continue_is_said_when_the_body_is_wanted(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")

        assert read_answer(client) == (200, b"hello")


def test_answer_without_reading_the_body_closes_and_says_no_continue(server: RunningServer) -> None:
    request = b"POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"

    received = server.ask(request)

    head, _, body = received.partition(b"\r\n\r\n")
    assert status_of(head) == 200
    assert b"connection: close" in head
    assert body == b"hello"


def test_unread_rest_of_a_body_is_no_request(server: RunningServer) -> None:
    app: Echo = server.app
    app.requests.clear()
    head = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"

    received = server.ask(head, HELLO * 3)

    assert received.count(b"HTTP/1.1 ") == 1
    assert [path for _, path, _ in app.requests] == ["/unread"]


def test_endless_body_after_an_answer_is_cut(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            client.sendall(b"x" * 100_000_000)


@pytest.mark.parametrize("path", [b"/raise", b"/split"])
def test_failing_application_is_a_500_without_its_reason(server: RunningServer, path: bytes) -> None:
    received = server.ask(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")

    assert status_of(received) == 500
    assert b'"code":"internal"' in received
    assert b"secret of ours" not in received
    assert b"set-cookie" not in received


def test_vanished_client_is_told_to_the_handler(server: RunningServer) -> None:
    app: Echo = server.app
    before = app.disconnects
    with server.connect() as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n" + HELLO)
        client.recv(100)

    wait_until(lambda: app.disconnects == before + 1)


def test_websocket_talks_and_is_counted_until_it_closes() -> None:
    from websockets.sync.client import connect

    with serving(limits=PATIENT, max_connections=1) as server:
        with connect(f"ws://127.0.0.1:{server.port}/open") as socket_:
            socket_.send("hi")
            assert socket_.recv() == '{"type":"echo","data":"hi"}'
            assert status_of(server.ask(HELLO)) == 503
        wait_until(lambda: status_of(ask_once(server)) == 200)


def ask_once(server: RunningServer) -> bytes:
    with server.connect() as client:
        client.sendall(HELLO)
        return client.recv(1000)


def test_one_address_cannot_take_all_connections() -> None:
    with serving(
        limits=PATIENT, max_connections=20, max_connections_per_address=5, exempt_networks=()
    ) as server:
        hoard = [server.connect("127.0.0.2") for _ in range(5)]
        wait_until(lambda: status_of(refused(server, "127.0.0.2")) == 429)
        served = ask_once(server)
        for client in hoard:
            client.close()

    assert status_of(served) == 200


def refused(server: RunningServer, source: str) -> bytes:
    with server.connect(source) as client:
        return read_all(client)


def test_full_process_says_503_and_recovers() -> None:
    with serving(limits=PATIENT, max_connections=3) as server:
        hoard = [server.connect() for _ in range(3)]
        wait_until(lambda: status_of(refused(server, "127.0.0.1")) == 503)
        for client in hoard:
            client.close()
        wait_until(lambda: status_of(ask_once(server)) == 200)


def test_waiting_connections_go_early_when_the_process_is_nearly_full() -> None:
    with serving(max_connections=10, head_seconds=4.0) as server:
        hoard = [server.connect() for _ in range(10)]
        started = time.monotonic()
        assert all(read_all(client) == b"" for client in hoard)
        seconds = time.monotonic() - started
        for client in hoard:
            client.close()

    assert seconds < 3


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
        ("2001:db8:1:2::9", "20010db800010002"),
        ("fe80::1%eth0", "fe80000000000000"),
    ],
)
def test_one_ipv6_network_is_one_client(host: str, key: str) -> None:
    assert address_key(host) == key


def test_trusted_proxy_is_exempt_and_a_stranger_is_not() -> None:
    limits = Limits()

    assert limits.is_exempt("127.0.0.1")
    assert limits.is_exempt("::1")
    assert not limits.is_exempt("203.0.113.1")


def test_port_in_use_names_port_and_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} on 127.0.0.1 is in use; set HUBBUB_PORT"):
            bind("127.0.0.1", port)


def test_unknown_host_names_its_setting() -> None:
    with pytest.raises(CannotListen, match="HUBBUB_HOST"):
        bind("no.such.host.invalid", 0)


def test_stop_finishes_what_is_in_flight_and_accepts_nothing_new() -> None:
    app = Echo()
    with serving(app, PATIENT) as server:
        with server.connect() as busy, server.connect() as idle:
            busy.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            idle.sendall(HELLO)
            read_answer(idle)
            server.ask_to_stop()
            assert read_all(idle) == b""
            with pytest.raises(ConnectionError):
                server.connect()
            app.release.set()
            received = read_all(busy)
        server.stop()

    assert status_of(received) == 200
    assert b"connection: close" in received


def test_stop_ends_streams_cleanly() -> None:
    app = Echo()
    with serving(app, PATIENT) as server, server.connect() as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(1000)
        server.stop()
        read_all(client)

    assert app.disconnects == 1


def test_stop_does_not_wait_for_ever() -> None:
    with serving(limits=PATIENT, drain_seconds=1.0) as server, server.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: len(server.app.requests) == 1)
        server.stop()
        received = read_all(client)

    assert status_of(received) == 503


PROGRAM = """
import asyncio, sys
from hubbub.platform.server import run_server
from hubbub.settings import ServerSettings

async def app(scope, receive, send):
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})

def tell(host, port):
    print(port, flush=True)

import uvloop
uvloop.run(run_server(app, ServerSettings(port=0), on_ready=tell))
"""


def test_sigterm_answers_what_was_asked_and_exits_with_0() -> None:
    source = Path(__file__).parents[2] / "src"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, cwd=source)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(HELLO)
            time.sleep(0.1)
            process.terminate()
            received = read_all(client)
        code = process.wait(5)
        rest = process.stdout.read()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    assert status_of(received) == 204
    assert code == 0
    assert rest == ""
