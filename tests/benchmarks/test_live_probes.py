"""How soon a frame comes, against a server that a test decides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.live import probes
from benchmarks.live.crowd import Crowd
from benchmarks.live.probes import Pair, Probes, pairs_of
from hubbub.bench import Call, Person, by_token
from tests.bench.servers import ok
from tests.bench.sockets import Server, scripted

AUTHORS = [Person(1), Person(2), Person(3)]
ACTORS = [Person(7), Person(8), Person(1)]
POSTS = [(author.id, 100 + author.id) for author in AUTHORS]
LIKED = b'\x81\x17{"type":"notification"}'
OTHER = b'\x81\x0f{"type":"feed"}'


class Backend:
    """Sockets by the token's number, and what a request about a post does."""

    def __init__(self, *, delay: float = 0.0, status: bytes = b"200 OK", is_mute: bool = False) -> None:
        self.asked: list[str] = []
        self._delay, self._status, self._is_mute = delay, status, is_mute
        self._sockets: dict[str, Server] = {}

    async def script(self, server: Server) -> None:
        if server.head.startswith("GET /v1/stream"):
            self._sockets[server.header("sec-websocket-protocol").rpartition(".")[2]] = server
            server.writer.write(server.accept() + b'\x81\x10{"type":"ready"}')
            await server.reader.read()
            return
        head = server.head
        while head:
            path = head.split()[1]
            self.asked.append(path)
            author = str(int(path.removeprefix("/like/")) - 100)
            server.writer.write(ok(status=self._status))
            self._sockets[author].writer.write(OTHER)
            await asyncio.sleep(self._delay)
            if not self._is_mute:
                self._sockets[author].writer.write(LIKED)
            head = (await server.reader.readuntil(b"\r\n\r\n")).decode()


@asynccontextmanager
async def probing(backend: Backend) -> AsyncIterator[tuple[Probes, Crowd]]:
    async with scripted(backend.script) as url:
        crowd = Crowd(AUTHORS, lambda person, _: by_token(url, str(person.id)))
        await crowd.open()
        yield Probes(url, crowd, pairs_of(POSTS, ACTORS * 20, set()), frame_type="notification"), crowd
        await crowd.drop()


def like(pair: Pair) -> Call:
    return Call("PUT", f"/like/{pair.post_id}")


async def test_the_delay_is_from_sending_and_from_the_answer() -> None:
    backend = Backend(delay=0.03)

    async with probing(backend) as (found, _):
        seen = await found.run(like, rate=40, seconds=0.5)

    assert seen.sent == len(backend.asked) > 3
    assert (seen.since_sent.count, seen.missing, seen.refused) == (seen.sent, 0, "")
    told = seen.as_json()
    assert 30 <= told["since_sent_ms"]["p50"] < 300
    assert told["since_answer_ms"]["p50"] <= told["since_sent_ms"]["p50"]


async def test_a_frame_that_never_comes_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "FRAME_SECONDS", 0.05)

    async with probing(Backend(is_mute=True)) as (found, _):
        seen = await found.run(like, rate=40, seconds=0.3)

    assert seen.sent == seen.missing > 0
    assert seen.as_json()["since_sent_ms"] == {}


async def test_a_request_that_is_refused_is_told() -> None:
    async with probing(Backend(status=b"409 Conflict", is_mute=True)) as (found, _):
        seen = await found.run(like, rate=40, seconds=0.2)

    assert "/like/" in seen.refused
    assert "409" in seen.refused


def test_pairs_are_new_ones_with_the_authors_in_turn() -> None:
    made = list(pairs_of(POSTS, ACTORS, {(101, 7)}))

    assert len(made) == 3 * 3 - 1 - 1  # nobody likes their own, and one is taken
    assert [pair.author_id for pair in made[:4]] == [2, 3, 1, 2]
    assert len({(pair.post_id, pair.actor.id) for pair in made}) == len(made)
