"""A thousand slow clients at once: all of them are cut, and none of the others waits for them.

Asserts on counts; how the latency of the others changes is measured by benchmarks/slow_clients.py.
"""

import selectors
import socket
import time
from collections.abc import Iterator

import pytest

from hubbub.platform.front import Front
from hubbub.platform.telemetry import REGISTRY
from hubbub.settings import ServerSettings
from tests.server.support import HELLO, Echo, RunningServer, read_answer, serving, status_of, wait_until

REPLY_BYTES = 600_000
KINDS = {
    "headers": b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "body": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nx",
    "reply": b"GET /big/%d HTTP/1.1\r\nHost: a\r\n\r\n" % REPLY_BYTES,
    "silence": b"",
}
SIZES = {"headers": 350, "body": 350, "reply": 50, "silence": 250}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    front = Front(Echo(), ServerSettings(max_in_flight=20))
    with serving(front, head_seconds=1.0, grace_seconds=1.0, sweep_seconds=0.1) as running:
        yield running


def slow_client(server: RunningServer, kind: str) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(5)
    client.connect(("127.0.0.1", server.port))
    client.sendall(KINDS[kind])
    return client


def cut_so_far(reason: str) -> float:
    return REGISTRY.get_sample_value("hubbub_connections_cut_total", {"reason": reason}) or 0.0


def test_others_are_served_meanwhile_and_every_slow_client_is_cut(server: RunningServer) -> None:
    before = cut_so_far("reply")
    crowd = {kind: [slow_client(server, kind) for _ in range(SIZES[kind])] for kind in KINDS}

    with server.connect() as client:
        for _ in range(100):
            client.sendall(HELLO)
            assert read_answer(client) == (200, b"hello")

    # Those who do not read are only seen to be cut by reading, and would no longer be slow then.
    wait_until(lambda: cut_so_far("reply") == before + SIZES["reply"], 15)
    ended = {kind: drain(clients) for kind, clients in crowd.items()}
    statuses = {kind: {status_of(received) for received in ended[kind]} for kind in KINDS}
    assert statuses == {"headers": {408}, "body": {408}, "reply": {200}, "silence": {0}}
    whole = [received for received in ended["reply"] if len(received) > REPLY_BYTES]
    assert whole == []


def drain(clients: list[socket.socket]) -> list[bytearray]:
    """What each got until the server cut it."""
    received = {client: bytearray() for client in clients}
    with selectors.DefaultSelector() as selector:
        for client in clients:
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ)
        ends = time.monotonic() + 10
        while selector.get_map() and time.monotonic() < ends:
            for key, _ in selector.select(1):
                _read_some(selector, key, received)
        assert not selector.get_map(), "some were not cut"
    return list(received.values())


def _read_some(
    selector: selectors.BaseSelector, key: selectors.SelectorKey, received: dict[socket.socket, bytearray]
) -> None:
    client = key.fileobj
    assert isinstance(client, socket.socket)
    try:
        piece = client.recv(65536)
    except ConnectionResetError:
        piece = b""
    received[client] += piece
    if not piece:
        selector.unregister(client)
        client.close()
