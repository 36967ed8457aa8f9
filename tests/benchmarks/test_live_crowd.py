"""Many sockets at once, against our own server and against one that a test decides."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.live.broadcast import Delays
from benchmarks.live.children import ChildFailed, python, running
from benchmarks.live.crowd import Crowd, Member, NotOpen, allow_descriptors
from benchmarks.live.usage import Spent, resident_bytes
from hubbub.bench import Person, Upgrade, by_token
from tests.bench.servers import ok
from tests.bench.sockets import Server, scripted
from tests.run.machine import PACKAGES, SOURCE

PEOPLE = [Person(number) for number in range(40)]


def to(url: str) -> Crowd:
    return Crowd(PEOPLE, lambda person, resume_from: by_token(url, f"t{person.id}", resume_from=resume_from))


@asynccontextmanager
async def answered(*, refusals: int = 0) -> AsyncIterator[tuple[Crowd, list[str]]]:
    """By a server that refuses so many handshakes, and tells everybody one event; with the request lines."""
    lines: list[str] = []

    async def script(server: Server) -> None:
        lines.append(server.head.partition(" HTTP")[0])
        if len(lines) <= refusals:
            server.writer.write(ok(b'{"code":"overloaded"}', status=b"503 Busy"))
            await server.writer.drain()
            return
        texts = [b'{"id":"5-0","type":"ready"}', b'{"id":"7-1","type":"feed","data":{}}']
        server.writer.write(server.accept() + b"".join(bytes((0x81, len(text))) + text for text in texts))
        await server.reader.read()

    async with scripted(script) as url:
        yield to(url), lines


async def test_all_are_open_in_the_end_and_refusals_are_counted() -> None:
    async with answered(refusals=5) as (crowd, lines):
        opened = await crowd.open(seconds=10)
        ready = crowd.ready
        await crowd.drop()

    assert (ready, opened.sockets, dict(opened.failures)) == (40, 40, {"HTTP 503 overloaded": 5})
    assert (len(lines), dict(crowd.ends)) == (45, {})


async def test_a_crowd_that_was_cut_goes_on_where_each_was() -> None:
    async with answered() as (crowd, lines):
        await crowd.open()
        assert await crowd.until_heard(40, seconds=5)
        await crowd.drop()
        assert crowd.ready == 0
        await crowd.open(at_once=40)
        await crowd.drop()

    assert lines.count("GET /v1/stream") == lines.count("GET /v1/stream?resume_from=7-1") == 40


async def test_what_cannot_be_opened_says_why() -> None:
    async with answered(refusals=1_000) as (crowd, _):
        with pytest.raises(NotOpen, match=r"40 of 40 sockets did not open: .*503 overloaded"):
            await crowd.open(seconds=0.3)


async def test_sockets_that_are_lost_are_counted_and_opened_again() -> None:
    servers: list[Server] = []

    async def script(server: Server) -> None:
        servers.append(server)
        server.writer.write(server.accept() + b'\x81\x10{"type":"ready"}')
        await server.reader.read()

    async with scripted(script) as url:
        crowd = to(url)
        await crowd.open()
        for server in servers[:3]:
            server.writer.write(b"\x88\x02\x0f\xa8")
        async with asyncio.timeout(5):
            while crowd.ready > 37:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        opened = await crowd.open()
        await crowd.drop()

    assert (dict(crowd.ends), opened.sockets) == ({"4008": 3}, 3)


def test_more_sockets_than_files_are_refused_before() -> None:
    with pytest.raises(NotOpen, match="open files"):
        allow_descriptors(1 << 40)


async def test_our_bare_server_writes_one_frame_to_all() -> None:
    heard: list[bytes] = []
    environment = {**os.environ, "PYTHONPATH": f"{SOURCE}:{PACKAGES}"}
    async with running(python("benchmarks.live.bare"), environment=environment) as (bare, port):
        crowd = to(f"http://127.0.0.1:{port}")
        crowd.sink = lambda member, text: heard.append(text)
        await crowd.open()
        spent = Spent({"bare": bare.pid})
        reached = [await bare.do({"bytes": 300, "number": number}) for number in range(3)]
        assert await crowd.until_heard(120, seconds=5)
        used, memory = spent.seconds()["bare"], resident_bytes(bare.pid)
        await crowd.drop()

    assert (reached, len(heard)) == ([40, 40, 40], 120)
    assert json.loads(heard[0]) == {
        "id": "1732500000000-0",
        "type": "notification",
        "data": {"pad": "x" * 300},
    }
    assert 0 < used < 5
    assert 10e6 < memory < 500e6


async def test_a_child_that_ends_or_is_silent_is_said_to() -> None:
    silent = ["/bin/sh", "-c", "echo ready; exec sleep 60"]
    async with running(silent) as (child, first):
        with pytest.raises(ChildFailed, match="no answer within 0 s"):
            await child.do({}, seconds=0.1)
    async with running(["/bin/sh", "-c", "echo ready; read line; exit 3"]) as (child, _):
        with pytest.raises(ChildFailed, match="it has ended"):
            await child.do({})
    async with running(["/bin/sh", "-c", """echo ready; read line; echo '{"failed": "no luck"}'"""]) as (
        child,
        _,
    ):
        with pytest.raises(ChildFailed, match="no luck"):
            await child.do({})

    assert first == "ready"


def test_delays_are_those_of_the_chosen_by_the_clock_in_the_frame() -> None:
    crowd = Crowd(PEOPLE, lambda *_: Upgrade(""))
    first, second = crowd.members[:2]
    delays = Delays({first.number})

    frame = b'{"id":"1-1","type":"notification","data":{"at":%d,"pad":""}}'
    for member in (first, second):
        tell(delays, member, frame % 1)
    tell(delays, first, b'{"type":"typing"}')

    assert delays.found.count == 1
    assert delays.found.percentile(50) > 0.001


def tell(delays: Delays, member: Member, text: bytes) -> None:
    delays.hear(member, text)
