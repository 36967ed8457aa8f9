"""Our WebSocket client against a server that sends what a test tells it to."""

import asyncio
from dataclasses import dataclass, field

import pytest

from hubbub.bench import Ended, Unreachable, Upgrade, WebSocket, connect
from hubbub.bench.websocket import GONE, MOST_BYTES, by_token
from tests.bench.sockets import Script, Server, scripted


@dataclass
class Heard:
    """A receiver that keeps what it is told."""

    texts: list[bytes] = field(default_factory=list)
    openings: int = 0
    ends: list[Ended] = field(default_factory=list)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self) -> None:
        self.openings += 1
        self.is_open.set()

    def heard(self, text: bytes) -> None:
        self.texts.append(text)

    def ended(self, why: Ended) -> None:
        self.ends.append(why)
        self.is_over.set()


async def told(script: Script) -> tuple[Heard, WebSocket]:
    """What came of a connection, once it has ended."""
    heard = Heard()
    async with scripted(script) as url:
        socket = await connect(by_token(url, "a-token"), heard)
        async with asyncio.timeout(5):
            await heard.is_over.wait()
    return heard, socket


MESSAGES = [b"{}", b"x" * 125, b"y" * 126, b"z" * 70_000, "Grüße".encode()]
STREAM = (
    b"\x81\x02{}"
    b"\x89\x04ping"
    + b"\x81\x7d" + MESSAGES[1]
    + b"\x81\x7e\x00\x7e" + MESSAGES[2]
    + b"\x81\x7f" + (70_000).to_bytes(8, "big") + MESSAGES[3]
    + b"\x01\x04" + MESSAGES[4][:4] + b"\x00\x00" + b"\x80" + bytes((len(MESSAGES[4]) - 4,)) + MESSAGES[4][4:]
    + b"\x88\x0c\x0f\xaa" + b"logged out"
)  # fmt: skip


@pytest.mark.parametrize("piece", [1, 3, 1_000, 100_000])
async def test_messages_are_heard_however_the_bytes_arrive(piece: int) -> None:
    async def script(server: Server) -> None:
        stream = server.accept() + STREAM
        pieces = [stream[at : at + piece] for at in range(0, len(stream), piece)]
        # All but the large message byte by byte; that one in larger pieces, for the time's sake.
        for number, part in enumerate(pieces):
            server.writer.write(part)
            if number < 400 or number > len(pieces) - 50:
                await server.writer.drain()
                await asyncio.sleep(0)
        assert await server.read_frame() == (0x8A, b"ping")
        assert await server.read_frame() == (0x88, b"\x0f\xaa")

    heard, _ = await told(script)

    assert heard.texts == MESSAGES
    assert (heard.openings, heard.ends) == (1, [Ended(4010, "logged out")])


async def test_it_offers_the_token_as_a_protocol_and_says_where_to_resume() -> None:
    heads: list[str] = []

    async def script(server: Server) -> None:
        heads.append(server.head)
        assert server.header("sec-websocket-protocol") == "hubbub.v1, bearer.a-token"
        server.writer.write(server.accept() + b"\x88\x02\x03\xe8")

    await told(script)
    resumed = by_token("http://127.0.0.1:1", "t", resume_from="17-3").request(b"key")

    assert heads[0].startswith("GET /v1/stream HTTP/1.1\r\n")
    assert resumed.startswith(b"GET /v1/stream?resume_from=17-3 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")


async def test_what_is_sent_is_masked_and_arrives_whole() -> None:
    got: list[tuple[int, bytes]] = []

    async def script(server: Server) -> None:
        server.writer.write(server.accept())
        got.extend([await server.read_frame() for _ in range(3)])

    heard = Heard()
    async with scripted(script) as url:
        socket = await connect(by_token(url, "t"), heard)
        await asyncio.wait_for(heard.is_open.wait(), 5)
        socket.send(b"")
        socket.send(b"0123456789" * 30)
        socket.close(1000, "bye")
        await asyncio.wait_for(heard.is_over.wait(), 5)

    assert got == [(0x81, b""), (0x81, b"0123456789" * 30), (0x88, b"\x03\xe8bye")]
    assert heard.ends == [Ended(1000, "bye")]


async def test_a_refused_handshake_tells_status_and_body() -> None:
    async def script(server: Server) -> None:
        server.writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\n")
        await server.writer.drain()
        server.writer.write(b'{"a":1}')

    heard, socket = await told(script)

    [end] = heard.ends
    assert (heard.openings, end.code, end.status, end.body) == (0, GONE, 401, b'{"a":1}')
    assert not socket.is_open


@pytest.mark.parametrize("protocol", ["", "another.v1"])
async def test_a_server_that_answers_another_handshake_is_left(protocol: str) -> None:
    async def script(server: Server) -> None:
        server.writer.write(server.accept(protocol) + b"\x81\x02{}")

    heard, _ = await told(script)

    assert (heard.openings, heard.texts, heard.ends[0].code) == (0, [], 1002)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x82abcdxy", 1002),
        (b"\x82\x01x", 1003),
        (b"\x83\x01x", 1002),
        (b"\x81\x7f" + (MOST_BYTES + 1).to_bytes(8, "big"), 1009),
        ((b"\x01\x7f" + (MOST_BYTES).to_bytes(8, "big") + b"x" * MOST_BYTES) + b"\x80\x01x", 1009),
    ],
    ids=["masked", "binary", "reserved", "too long", "too long in parts"],
)
async def test_what_breaks_the_protocol_ends_the_connection(sent: bytes, code: int) -> None:
    async def script(server: Server) -> None:
        server.writer.write(server.accept() + sent)
        await server.reader.read()

    heard, _ = await told(script)

    assert (heard.texts, heard.ends[0].code) == ([], code)


async def test_a_lost_connection_ends_without_a_word() -> None:
    async def script(server: Server) -> None:
        server.writer.write(server.accept())

    heard, socket = await told(script)
    socket.send(b"into the void")

    assert heard.ends == [Ended(GONE)]


async def test_nobody_there_is_unreachable() -> None:
    async with scripted(lambda server: asyncio.sleep(0)) as url:
        pass

    with pytest.raises(Unreachable, match="cannot be reached"):
        await connect(Upgrade(url), Heard())
