"""What streams cost: memory of those that are idle, and of those that are attacked."""

import socket
from collections.abc import Iterator

import pytest

from tests.server.process import ServerProcess, server_process
from tests.server.test_websocket_frames import CASES
from tests.server.websocket_client import converse, frame, length, open_on, opened, read_frame, text

KB = 1024
MB = 1024 * KB


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process() as running:
        yield running


def test_idle_websocket_takes_at_most_twelve_kilobytes(server: ServerProcess) -> None:
    warm = server.open_many(200)
    before = server.resident_bytes
    clients = server.open_many(1500)
    each = (server.resident_bytes - before) / len(clients)
    for client in (*warm, *clients):
        client.close()

    assert each <= 12 * KB


def test_idle_websockets_take_hardly_any_time(server: ServerProcess) -> None:
    """Pinged 25 times as often as usual, so that a few seconds show it."""
    with server_process(ping_seconds=1.0, sweep_seconds=1.0) as busy:
        clients = busy.open_many(300)
        before = busy.cpu_seconds
        for _ in range(3):
            for client in clients:
                assert read_exactly(client, 2) == b"\x89\x00"
                client.sendall(frame(10))
        spent = busy.cpu_seconds - before
        for client in clients:
            client.close()

    assert spent / (3 * 300) <= 75e-6, "3 microseconds a second, for 25 seconds"


def read_exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += client.recv(size - len(data))
    return data


def test_broken_and_giant_frames_leave_no_memory_behind(server: ServerProcess) -> None:
    pieces = [sent for sent, _ in CASES.values()]
    for sent in pieces:
        converse(server, [sent])
    before = server.resident_bytes
    most = before
    for _ in range(2):
        for sent in pieces:
            converse(server, [sent])
        most = max(most, server.resident_bytes)
    for _ in range(50):
        converse(server, [text("*" * MB)])
        most = max(most, server.resident_bytes)

    assert most - before <= 8 * MB


def test_messages_that_never_end_hold_little(server: ServerProcess) -> None:
    before = server.resident_bytes
    clients = []
    for number in range(200):
        client = server.connect()
        open_on(client)
        # Each as much as one may hold without finishing: fragments, and a frame without its last byte.
        client.sendall(text("x" * 8000, fin=False))
        client.sendall(b"\x00" + length(8000) + b"y" * (7999 if number % 2 else 100))
        clients.append(client)
    with opened(server) as other:
        other.sendall(text("hi"))
        read_frame(other)
        most = server.resident_bytes
    for client in clients:
        client.close()

    assert most - before <= 8 * MB
