"""SIGTERM with streams open: each is told, spread over a moment, and the process ends soon."""

import select
import time

from tests.server.process import server_process
from tests.server.support import read_all
from tests.server.test_handshakes import EVENTS
from tests.server.websocket_client import CLOSE, Got, close, opened, read_frame, read_head, text

GOING_AWAY = Got(CLOSE, (1001).to_bytes(2, "big") + b"going away")


def test_every_stream_is_told_that_the_server_goes_away() -> None:
    with server_process() as server:
        sockets = server.open_many(100)
        feeds = [server.connect() for _ in range(10)]
        for feed in feeds:
            feed.sendall(EVENTS)
            read_head(feed)
        server.process.terminate()
        told = []
        for socket in sockets:
            told.append(read_frame(socket))
            socket.sendall(close(1001))
        last_words = [read_all(feed) for feed in feeds]
        for client in (*sockets, *feeds):
            client.close()
        started = time.monotonic()
        code = server.process.wait(10)
        seconds = time.monotonic() - started

    assert told == [GOING_AWAY] * 100
    assert all(words.endswith(b'{"code":1001,"reason":"going away"}}\n\n') for words in last_words)
    assert len({words[words.rindex(b"retry: ") :][:11] for words in last_words}) > 1
    assert code == 0
    assert seconds < 3


def test_client_that_does_not_answer_holds_nothing_up() -> None:
    with server_process(linger_seconds=0.3, sweep_seconds=0.1) as server:
        clients = server.open_many(5)
        started = time.monotonic()
        server.process.terminate()
        code = server.process.wait(10)
        seconds = time.monotonic() - started
        for client in clients:
            client.close()

    assert code == 0
    assert seconds < 4


def test_goodbyes_are_spread() -> None:
    with server_process() as server:
        clients = server.open_many(300)
        server.process.terminate()
        select.select(clients, [], [], 5)
        first = time.monotonic()
        for client in clients:
            assert read_frame(client) == GOING_AWAY
        seconds = time.monotonic() - first
        for client in clients:
            client.close()
        server.process.wait(10)

    assert seconds > 0.05, "20 at a time, 5 ms between"


def test_messages_under_way_are_heard_before_the_end() -> None:
    with server_process() as server, opened(server) as client:
        client.sendall(text("hello"))
        first = read_frame(client)
        server.process.terminate()
        last = read_frame(client)

    assert first.payload == b'{"type":"echo","data":"hello"}'
    assert last == GOING_AWAY
