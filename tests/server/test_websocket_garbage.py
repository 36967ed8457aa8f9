"""Whatever bytes come, and however they are cut, the answer is well-formed and the server lives on."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.platform.server import frames
from hubbub.platform.server.frames import CLOSE, OPCODES, BrokenFrame, read_close
from tests.server.support import PATIENT, RunningServer, serving
from tests.server.websocket_client import PING, TEXT, Got, close, converse, frame, opened, read_frame, text

T = TypeVar("T")
MOST = 16 * 1024
masks = st.binary(min_size=4, max_size=4)
whole = st.builds(
    frame,
    st.sampled_from([TEXT, PING, 10]),
    st.text(max_size=30).map(str.encode),
    mask=masks,
)
anything = st.builds(
    frame,
    st.integers(0, 15),
    st.binary(max_size=200),
    fin=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 0, 1, 4, 7]),
    mask=st.one_of(masks, st.none()),
)
# Mostly right, so that what is wrong comes deep within.
streams = st.lists(st.one_of(whole, whole, whole, anything, st.binary(max_size=20)), max_size=20).map(
    b"".join
)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(limits=PATIENT) as running:
        yield running


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True) if start < end]


def outcome(read: Callable[[], T]) -> T | BrokenFrame:
    try:
        return read()
    except BrokenFrame as broken:
        return broken


@settings(max_examples=300, deadline=None)
@given(sent=streams, places=st.lists(st.integers(0, 5000), max_size=8))
def test_any_bytes_get_a_well_formed_answer(server: RunningServer, sent: bytes, places: list[int]) -> None:
    answers = converse(server, [*cut(sent, places), close(), b"\xff" * 300])

    assert answers[-1].opcode == CLOSE
    assert all(got.opcode in (TEXT, 10) for got in answers[:-1])
    assert answers[-1].code in (0, 1000, 1001, 1002, 1003, 1007, 1009) or 3000 <= answers[-1].code < 5000
    assert bytes(answers[-1].payload[2:]).isascii()


@settings(max_examples=150, deadline=None)
@given(sent=streams, places=st.lists(st.integers(0, 5000), max_size=8))
def test_answer_does_not_depend_on_how_bytes_arrive(
    server: RunningServer, sent: bytes, places: list[int]
) -> None:
    end = close() + b"\xff" * 300

    assert converse(server, [*cut(sent, places), end]) == converse(server, [sent + end])


@given(
    data=st.binary(max_size=300),
    at=st.integers(0, 10),
    room=st.integers(0, MOST),
    is_continuing=st.booleans(),
)
def test_reader_of_frames_returns_a_frame_or_says_what_is_broken(
    data: bytes, at: int, room: int, is_continuing: bool
) -> None:
    found = outcome(lambda: frames.read_frame(data, at, room, is_continuing=is_continuing))

    if isinstance(found, BrokenFrame):
        assert found.code in (1002, 1003, 1009)
    elif found is not None:
        assert found.opcode in OPCODES
        assert at + 6 <= found.end <= len(data)
        assert len(found.payload) <= max(room, 125)


@given(st.binary(max_size=125))
def test_reader_of_closes_returns_a_code_that_may_be_sent_or_says_what_is_broken(payload: bytes) -> None:
    found = outcome(lambda: read_close(payload))

    if isinstance(found, BrokenFrame):
        assert found.code in (1002, 1007)
    else:
        assert found == 1005 or 1000 <= found <= 1014 or 3000 <= found <= 4999


@given(payload=st.binary(max_size=2000), mask=masks)
def test_what_was_masked_is_read_as_it_was(payload: bytes, mask: bytes) -> None:
    found = frames.read_frame(frame(TEXT, payload, mask=mask), 0, MOST, is_continuing=False)

    assert found is not None
    assert found.payload == payload


def test_others_are_served_while_many_send_garbage(server: RunningServer) -> None:
    with opened(server) as other:
        for number in range(100):
            converse(server, [bytes(range(number, number + 100))])
            other.sendall(text(f"{number}"))
            assert b'"%d"' % number in read_frame(other).payload
        other.sendall(close())
        assert read_frame(other) == Got(CLOSE, b"\x03\xe8")
