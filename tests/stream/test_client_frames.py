"""What clients may say, and what happens when they say something else."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.stream.client_frames import read_client_frame
from hubbub.stream.streams import Stream
from hubbub.stream.works import MOST_WAITING, Works
from tests.stream.support import Served
from tests.support.world import Person

BROKEN = [
    "",
    "{}",
    "[]",
    "null",
    "x",
    '{"type":"shout"}',
    '{"type":"ping","more":1}',
    '{"type":["ping"]}',
    '{"type":"subscribe"}',
    '{"type":"subscribe","topics":"post:1"}',
    '{"type":"subscribe","topics":[]}',
    '{"type":"subscribe","topics":[1]}',
    '{"type":"auth"}',
    '{"type":"auth","token":""}',
    '{"type":"auth","token":1}',
    '{"type":"ping"} {"type":"ping"}',
    "[" * 5000,
    '{"type":"ping"',
]


@pytest.mark.parametrize("text", BROKEN)
async def test_what_is_no_frame_gets_an_error(served: Served, ada: Person, text: str) -> None:
    client = await served.ready(ada)
    assert client.socket is not None

    await client.socket.send(text)

    assert (await client.got("error"))["code"] == "malformed"
    await client.say("ping")
    await client.got("pong")


async def test_after_ten_mistakes_the_stream_is_closed(served: Served, ada: Person) -> None:
    client = await served.ready(ada)
    assert client.socket is not None

    for _ in range(10):
        await client.socket.send("{}")

    assert await client.ended() == 4400
    assert len(client.of("error")) == 10


async def test_a_ping_is_answered(served: Served, ada: Person) -> None:
    client = await served.ready(ada)

    await client.say("ping")

    await client.got("pong")
    assert client.frames[-1] == {"type": "pong"}


async def test_answers_come_in_the_order_of_the_questions(served: Served, ada: Person) -> None:
    posts = [await served.world.write(ada) for _ in range(3)]
    client = await served.ready(ada)

    for post in posts:
        await client.say("subscribe", topics=[f"post:{post['id']}"])
    await client.got("subscribed", 3)

    assert [each["topics"] for each in client.of("subscribed")] == [[f"post:{post['id']}"] for post in posts]


async def test_who_does_not_wait_for_answers_is_told_to() -> None:
    class Deaf:
        def hear(self, stream: Stream, text: bytes) -> None: ...

        def forget(self, stream: Stream) -> None: ...

    works, stream, release = (
        Works(),
        Stream(Deaf(), account_id=1, session_id=1, expires_at=0),
        asyncio.Event(),
    )
    done: list[int] = []

    async def work(number: int) -> None:
        await release.wait()
        done.append(number)

    async def nothing() -> None: ...

    async def numbered(number: int) -> None:
        await work(number)

    taken = [works.submit(stream, lambda number=number: numbered(number)) for number in range(20)]  # type: ignore[misc]
    assert sum(taken) == MOST_WAITING
    release.set()
    while stream.backlog is not None:  # noqa: ASYNC110 - the loop is what is tested
        await asyncio.sleep(0)

    assert done == list(range(MOST_WAITING))
    assert works.submit(stream, nothing)
    await asyncio.sleep(0.01)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_raise(text: bytes) -> None:
    read_client_frame(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_raises(value: object) -> None:
    read_client_frame(json.dumps(value).encode())
    read_client_frame(json.dumps({"type": "subscribe", "topics": value}).encode())
