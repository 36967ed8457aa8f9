"""Streams that are open: heart-beats, floods, slow readers, ends, and what is left afterwards."""

import gc
import re
import socket
import time
from collections.abc import Iterator

import pytest

from hubbub.platform.live import Frame
from hubbub.platform.server.connection import Connection
from hubbub.platform.server.exchange import Exchange
from hubbub.platform.server.sockets import unread_bytes
from hubbub.platform.telemetry.metrics import REGISTRY
from tests.server.support import PATIENT, Guest, RunningServer, read_all, serving, wait_until
from tests.server.test_handshakes import EVENTS
from tests.server.websocket_client import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Got,
    close,
    converse,
    frame,
    open_on,
    opened,
    parse,
    read_frame,
    read_head,
    read_to_end,
    text,
)

BIG = Frame(b"news", b'"%b"' % (b"x" * 8000))
BEATING = {"ping_seconds": 0.3, "sweep_seconds": 0.02}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT, linger_seconds=0.2) as running:
        yield running


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def guest_of(server: RunningServer) -> Guest:
    wait_until(lambda: bool(server.app.guests))
    guest: Guest = server.app.guests[-1]
    return guest


# Heart-beats


def test_silent_client_is_pinged_and_then_cut() -> None:
    with serving(limits=PATIENT, **BEATING) as server, opened(server) as client:
        started = time.monotonic()
        received = read_to_end(client)
        seconds = time.monotonic() - started
        wait_until(lambda: guest_of(server).codes == [1006])

    assert [got.opcode for got in parse(received)] == [PING, PING]
    assert 0.5 <= seconds < 5.0


def test_client_that_answers_pings_stays() -> None:
    with serving(limits=PATIENT, **BEATING) as server, opened(server) as client:
        for _ in range(5):
            first, size = client.recv(1)[0], client.recv(1)[0]
            assert (first, size) == (0x80 | PING, 0)
            client.sendall(frame(PONG))
        client.sendall(text("still here"))

        assert b"still here" in read_frame(client).payload


def test_pings_are_spread_over_their_interval() -> None:
    with serving(limits=PATIENT, ping_seconds=1.0, sweep_seconds=0.02) as server:
        clients = [server.connect() for _ in range(25)]
        moments = []
        for client in clients:
            open_on(client)
        for client in clients:
            client.settimeout(0.002)
        waiting, deadline = set(clients), time.monotonic() + 5
        while waiting and time.monotonic() < deadline:
            for client in tuple(waiting):
                try:
                    client.recv(2)
                except TimeoutError:
                    continue
                moments.append(time.monotonic())
                waiting.discard(client)
        for client in clients:
            client.close()

    assert not waiting
    assert moments[-1] - moments[0] > 0.5
    assert max(sum(abs(moment - other) < 0.05 for other in moments) for moment in moments) <= 10


def test_event_stream_has_heart_beats() -> None:
    with serving(limits=PATIENT, **BEATING) as server, server.connect() as client:
        client.sendall(EVENTS)
        received = b""
        while received.count(b": ping\n\n") < 3:
            received += client.recv(1000)

    assert b"event:" not in received


# Floods


@pytest.mark.parametrize("opcode", [PING, PONG, TEXT])
def test_flood_of_frames_is_cut(server: RunningServer, opcode: int) -> None:
    answers = converse(server, [frame(opcode, b"x") * 50] * 100)

    assert answers[-1] == Got(CLOSE, (4029).to_bytes(2, "big") + b"too many frames")
    assert len(answers) <= 300


def test_burst_is_allowed(server: RunningServer) -> None:
    answers = converse(server, [frame(PING) * 199 + close()])

    assert len(answers) == 200
    assert answers[-1].code == 1000


def test_empty_fragments_without_end_are_a_flood(server: RunningServer) -> None:
    answers = converse(server, [text("", fin=False) + frame(0, b"", fin=False) * 1000])

    assert answers[-1].code == 4029


# Slow readers


def test_client_that_does_not_read_is_closed_as_slow(server: RunningServer) -> None:
    before = metric("hubbub_connections_cut_total", reason="stream")
    with opened(server) as quick, opened(server) as slow:
        ear, deaf = server.app.guests[-2:]
        slow.settimeout(5)
        for number in range(200):
            server.call(deaf.outlet.send, BIG)
            server.call(ear.outlet.send, Frame(b"news", b"%d" % number))
        heard = [read_frame(quick).payload for _ in range(200)]
        wait_until(lambda: deaf.codes == [4008])
        server.call(deaf.outlet.send, BIG)  # nothing happens
        quick.sendall(text("still here"))
        last = read_frame(quick)

    assert heard == [b'{"type":"news","data":%d}' % number for number in range(200)]
    assert b"still here" in last.payload
    assert metric("hubbub_connections_cut_total", reason="stream") == before + 1


def send_often(guest: Guest, times: int) -> None:
    for _ in range(times):
        guest.outlet.send(BIG)


def tell_until_closed(server: RunningServer, guest: Guest) -> None:
    def tell() -> bool:
        guest.outlet.send(BIG)
        return guest.codes != []

    wait_until(lambda: bool(server.call(tell)))


def test_slow_reader_that_wakes_up_reads_why(server: RunningServer) -> None:
    with opened(server) as client:
        guest = guest_of(server)
        tell_until_closed(server, guest)
        frames = list(parse(read_to_end(client)))

    assert (frames[-1].opcode, frames[-1].code) == (CLOSE, 4008)


def test_slow_event_stream_is_cut_too(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(EVENTS)
        read_head(client)
        guest = guest_of(server)
        tell_until_closed(server, guest)
        received = read_all(client)

    assert guest.codes == [4008]
    assert received.endswith(b'data: {"type":"close","data":{"code":4008,"reason":"slow_consumer"}}\n\n')


def test_burst_that_is_read_in_time_is_no_reason_to_close(server: RunningServer) -> None:
    with opened(server) as client:
        guest = guest_of(server)
        client.settimeout(10)
        server.call(send_often, guest, 200)
        got = [read_frame(client) for _ in range(200)]
        client.sendall(text("still here"))
        last = read_frame(client)

    assert all(frame_.payload == BIG.json for frame_ in got)
    assert b"still here" in last.payload


def test_replay_may_take_its_time_while_it_is_read() -> None:
    with serving(limits=PATIENT, sweep_seconds=60) as server, opened(server) as client:
        guest = guest_of(server)
        server.call(send_often, guest, 200)
        left = 200
        while unsent(server, guest) > 256 * 1024:
            before = unsent(server, guest)
            server.call(guest.outlet.catch_up, 0.0)  # type: ignore[attr-defined]
            while unsent(server, guest) >= before:
                assert read_frame(client).payload == BIG.json
                left -= 1
        server.call(guest.outlet.catch_up, 0.0)  # type: ignore[attr-defined]

        assert guest.codes == []
        assert [read_frame(client).payload for _ in range(left)] == [BIG.json] * left


def test_replay_that_is_read_no_further_is_cut() -> None:
    with serving(limits=PATIENT, sweep_seconds=60) as server, opened(server) as client:
        guest = guest_of(server)
        server.call(send_often, guest, 200)
        for _ in range(20):
            read_frame(client)
        server.call(guest.outlet.catch_up, 0.0)  # type: ignore[attr-defined]
        open_still = list(guest.codes)
        server.call(guest.outlet.catch_up, 0.0)  # type: ignore[attr-defined]
        wait_until(lambda: guest.codes == [4008])

    assert open_still == []


def unsent(server: RunningServer, guest: Guest) -> int:
    size: int = server.call(unread_bytes, guest.outlet.transport)  # type: ignore[attr-defined]
    return size


# Ends


def test_client_that_never_answers_a_close_is_cut(server: RunningServer) -> None:
    with opened(server) as client:
        client.sendall(text("close 4010 session ended"))
        got = read_frame(client)
        wait_until(lambda: guest_of(server).codes == [4010])
        client.settimeout(5)
        assert client.recv(10) == b""
        wait_until(lambda: is_cut(client))

    assert got == Got(CLOSE, (4010).to_bytes(2, "big") + b"session ended")


def is_cut(client: socket.socket) -> bool:
    """It still reads what is sent, until it does not."""
    try:
        client.sendall(frame(PING))
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def test_nothing_is_heard_after_a_close(server: RunningServer) -> None:
    converse(server, [text("close 4001 x") + text("a") + frame(PING) + text("b")])
    asked = guest_of(server).heard_count
    converse(server, [close() + text("a") + frame(PING)])

    assert (asked, guest_of(server).heard_count) == (1, 0)


def test_endless_data_after_a_close_is_cut() -> None:
    with serving(limits=PATIENT, linger_seconds=60) as server, opened(server) as client:
        client.sendall(text("close 4001 x"))
        read_frame(client)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            client.sendall(b"x" * 20_000_000)


def test_client_that_vanishes_is_told_once(server: RunningServer) -> None:
    with opened(server):
        guest = guest_of(server)
    wait_until(lambda: guest.codes == [1006])
    server.call(guest.outlet.close, 4001, "too late")
    server.call(guest.outlet.send, Frame(b"late", b"1"))

    assert guest.codes == [1006]
    assert guest.outlet.unsent_bytes == 0


def test_event_stream_ends_with_an_event_that_says_why(server: RunningServer) -> None:
    with server.connect() as client:
        client.sendall(EVENTS)
        read_head(client)
        guest = guest_of(server)
        server.call(guest.outlet.send, Frame(b"news", b"1", b"5-1"))
        server.call(guest.outlet.close, 4003, 'suspended "for now"')
        received = read_all(client)

    events = received.split(b"\n\n")
    assert events[1] == b'id: 5-1\nevent: news\ndata: {"id":"5-1","type":"news","data":1}'
    assert re.fullmatch(rb"retry: [2-8]\d{3}", events[0])
    assert re.fullmatch(rb"retry: [2-8]\d{3}\nevent: close\ndata: (.*)", events[2])
    assert events[2].endswith(b'{"type":"close","data":{"code":4003,"reason":"suspended \\"for now\\""}}')
    assert guest.codes == [4003]


def test_event_stream_that_ends_waits_for_nobody() -> None:
    with serving(limits=PATIENT, linger_seconds=60) as server, server.connect() as client:
        client.sendall(EVENTS)
        read_head(client)
        server.call(guest_of(server).outlet.close, 4001)

        assert read_all(client).endswith(b'"reason":""}}\n\n')


def test_reason_is_cut_between_characters(server: RunningServer) -> None:
    answers = converse(server, [text("close 4000 " + "€" * 100)])

    assert answers[-1].payload[2:].decode() == "€" * 41


# What is left


def test_nothing_of_the_request_stays(server: RunningServer) -> None:
    gc.collect()
    gc.disable()
    try:
        clients = [server.connect() for _ in range(20)]
        for client in clients:
            open_on(client)
        wait_until(lambda: not leftovers())
        server.call(lambda: None)
    finally:
        gc.enable()
    for client in clients:
        client.close()


def leftovers() -> list[object]:
    return [thing for thing in gc.get_objects() if isinstance(thing, Connection | Exchange)]


def test_socket_is_small_and_has_no_dict(server: RunningServer) -> None:
    with opened(server):
        outlet = guest_of(server).outlet
        assert not hasattr(outlet, "__dict__")
        assert outlet.__sizeof__() <= 160


def test_counts_return_to_zero(server: RunningServer) -> None:
    wait_until(lambda: metric("hubbub_connections") == 0)
    with opened(server), opened(server), server.connect() as client:
        client.sendall(EVENTS)
        read_head(client)
        assert metric("hubbub_connections") == 3
        assert metric("hubbub_streams", kind="websocket") == 2
        assert metric("hubbub_streams", kind="events") == 1
    wait_until(lambda: metric("hubbub_connections") == 0)

    assert metric("hubbub_streams", kind="websocket") == 0
    assert metric("hubbub_streams", kind="events") == 0
    assert metric("hubbub_streams_closed_total", kind="websocket", code="1006") >= 2


def test_streams_count_towards_the_connections_of_an_address() -> None:
    limits = {"max_connections": 20, "max_connections_per_address": 3, "exempt_networks": ()}
    with serving(limits=PATIENT, **limits) as server:
        with (
            opened(server, source="127.0.0.2"),
            opened(server, source="127.0.0.2"),
            opened(server, source="127.0.0.2"),
        ):
            with server.connect("127.0.0.2") as client:
                assert b"HTTP/1.1 429 " in read_all(client)
            with opened(server, source="127.0.0.3") as other:
                other.sendall(text("a"))
                read_frame(other)
        wait_until(lambda: metric("hubbub_connections") == 0)
        with opened(server, source="127.0.0.2"):
            pass
