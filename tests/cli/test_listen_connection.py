"""How `hubbub listen` keeps its stream, against servers that behave as a test decides."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hubbub.bench import Refused, Unreachable
from hubbub.cli.listening import loop
from hubbub.cli.listening.account import Account, SignedOut
from hubbub.cli.listening.loop import Listening
from tests.bench.servers import ok
from tests.bench.sockets import Server, scripted

Connection = Callable[[Server], Awaitable[None]]


class Seen:
    """A screen."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.said: list[str] = []

    def show(self, raw: bytes, type_: str, data: Any) -> None:
        self.events.append((type_, data))

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LONGEST_PAUSE_SECONDS", 0.21)


def frame(**fields: Any) -> bytes:
    text = json.dumps(fields).encode()
    assert len(text) < 126
    return bytes((0x81, len(text))) + text


def close(code: int) -> bytes:
    return b"\x88\x02" + code.to_bytes(2, "big")


READY = frame(type="ready", id="1-0")


@asynccontextmanager
async def connections(*scripts: Connection) -> AsyncIterator[tuple[str, list[str]]]:
    """One after the other; with the request line of each."""
    lines: list[str] = []

    async def script(server: Server) -> None:
        lines.append(server.head.partition(" HTTP/1.1")[0])
        await scripts[len(lines) - 1](server)

    async with scripted(script) as url:
        yield url, lines


def sends(*frames: bytes, stay: bool = False) -> Connection:
    async def script(server: Server) -> None:
        server.writer.write(server.accept() + b"".join(frames))
        await server.writer.drain()
        if stay:
            await server.reader.read()

    return script


def answers(status: bytes, body: bytes = b"{}", headers: bytes = b"") -> Connection:
    async def script(server: Server) -> None:
        server.writer.write(ok(body, headers, status))
        await server.writer.drain()

    return script


async def listened(url: str, *, refresh_token: str = "", **wishes: Any) -> Seen:
    """What was seen until it ended by itself."""
    seen = Seen()
    account = Account(url, token="a-token", refresh_token=refresh_token)
    async with asyncio.timeout(5):
        await Listening(account, seen, **wishes).run()
    return seen


async def test_a_lost_stream_goes_on_after_the_last_event() -> None:
    first = sends(READY, frame(type="feed", id="5-0", data={}), frame(type="typing", data={}))
    second = sends(frame(type="ready", id="9-0"), frame(type="feed", id="6-0", data=2))
    third = sends(frame(type="ready", id="9-0"), frame(type="feed", id="7-0", data=3), stay=True)

    async with connections(first, second, third) as (url, lines):
        seen = await listened(url, count=4)

    assert [type_ for type_, _ in seen.events] == ["feed", "typing", "feed", "feed"]
    assert lines == [
        "GET /v1/stream",
        "GET /v1/stream?resume_from=5-0",
        "GET /v1/stream?resume_from=6-0",
    ]
    assert any(said.startswith("the connection was lost; connecting again in 0.2") for said in seen.said)


async def test_a_stream_that_ends_before_any_event_goes_on_after_where_it_began() -> None:
    async with connections(sends(READY, close(1001)), sends(READY, frame(type="feed"), stay=True)) as (
        url,
        lines,
    ):
        seen = await listened(url, count=1)

    assert lines[1] == "GET /v1/stream?resume_from=1-0"
    assert seen.said[1].startswith("the server is going away; connecting again")


async def test_a_reset_is_said_and_counts_from_there() -> None:
    first = sends(READY, frame(type="reset", id="8-0"))
    second = sends(READY, frame(type="feed", id="9-0"), stay=True)

    async with connections(first, second) as (url, lines):
        seen = await listened(url, since="3-0", count=1)

    assert lines == ["GET /v1/stream?resume_from=3-0", "GET /v1/stream?resume_from=8-0"]
    assert any("some events in between are lost" in said for said in seen.said)


async def test_topics_are_asked_for_on_each_connection() -> None:
    asked: list[Any] = []

    async def script(server: Server) -> None:
        server.writer.write(server.accept() + READY)
        _, text = await server.read_frame()
        asked.append(json.loads(text))
        server.writer.write(frame(type="subscribed", data={"topics": ["post:1"]}))

    async with connections(script, script) as (url, _):
        await listened(url, topics=["post:1"], count=2)

    assert asked == [{"type": "subscribe", "topics": ["post:1"]}] * 2


@pytest.mark.parametrize(
    ("code", "words"),
    [(4010, "log in again"), (4003, "suspended")],
)
async def test_a_stream_that_is_closed_for_good_is_not_opened_again(code: int, words: str) -> None:
    async with connections(sends(READY, close(code))) as (url, lines):
        with pytest.raises(Refused, match=words):
            await listened(url)

    assert len(lines) == 1


@pytest.mark.parametrize("status", [b"403 Forbidden", b"404 Not Found"])
async def test_a_refused_handshake_says_why(status: bytes) -> None:
    problem = b'{"title": "No", "detail": "Not for you."}'
    async with connections(answers(status, problem)) as (url, _):
        with pytest.raises(Refused, match="Not for you"):
            await listened(url)


async def test_a_busy_server_is_asked_again() -> None:
    busy = answers(b"503 Busy", b'{"detail": "Busy."}', b"retry-after: 0\r\n")
    async with connections(busy, sends(READY, frame(type="feed"), stay=True)) as (url, lines):
        seen = await listened(url, count=1)

    assert len(lines) == 2
    assert seen.said[0].startswith("Busy.; connecting again")


def renews(token: bytes) -> Connection:
    async def script(server: Server) -> None:
        length = int(server.header("content-length"))
        assert json.loads(await server.reader.readexactly(length)) == {"refresh_token": "r1"}
        server.writer.write(ok(b'{"access_token": "%b", "refresh_token": "r2"}' % token))
        await server.writer.drain()
        await server.reader.read()

    return script


@pytest.mark.parametrize("first", [answers(b"401 Unauthorized"), sends(READY, close(4001))])
async def test_an_ended_token_is_renewed_and_the_stream_opened_again(first: Connection) -> None:
    offered: list[str] = []

    async def after(server: Server) -> None:
        offered.append(server.header("sec-websocket-protocol"))
        await sends(READY, frame(type="feed"), stay=True)(server)

    async with connections(first, renews(b"newer"), after, answers(b"204 No Content")) as (url, lines):
        await listened(url, refresh_token="r1", count=1)

    assert lines[1] == "POST /v1/auth/refresh"
    assert offered == ["hubbub.v1, bearer.newer"]


async def test_a_token_that_cannot_be_renewed_ends_it() -> None:
    async with connections(answers(b"401 Unauthorized")) as (url, _):
        with pytest.raises(SignedOut, match="no refresh token"):
            await listened(url)


async def test_a_token_that_runs_out_is_renewed_in_place() -> None:
    sent: list[Any] = []

    async def script(server: Server) -> None:
        server.writer.write(server.accept() + READY)
        server.writer.write(frame(type="session", data={"state": "expiring", "expires_in": 60}))
        _, text = await server.read_frame()
        sent.append(json.loads(text))
        server.writer.write(frame(type="renewed", data={}) + frame(type="feed"))
        await server.reader.read()

    async with connections(script, renews(b"newer")) as (url, lines):
        seen = await listened(url, refresh_token="r1", count=1)

    assert sent == [{"type": "auth", "token": "newer"}]
    assert (lines, [type_ for type_, _ in seen.events]) == (
        ["GET /v1/stream", "POST /v1/auth/refresh"],
        ["feed"],
    )


async def test_a_server_that_has_gone_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SILENT_SECONDS", 0.05)
    asked: list[bytes] = []

    async def silent(server: Server) -> None:
        server.writer.write(server.accept() + READY)
        asked.append((await server.read_frame())[1])
        await server.reader.read()

    async with connections(silent, sends(READY, frame(type="feed"), stay=True)) as (url, lines):
        await listened(url, count=1)

    assert (asked, len(lines)) == ([b'{"type":"ping"}'], 2)


async def test_what_is_no_frame_is_said_and_passed_over() -> None:
    broken = b"\x81\x01{" + b"\x81\x02[]" + b"\x81\x01\xff"
    async with connections(sends(READY, broken, frame(type="feed"), stay=True)) as (url, _):
        seen = await listened(url, count=1)

    assert seen.said.count("the server sent something that is no frame") == 3
    assert seen.events == [("feed", None)]


async def test_nobody_there_is_said_at_once() -> None:
    async with connections() as (url, _):
        pass

    with pytest.raises(Unreachable):
        await listened(url)
