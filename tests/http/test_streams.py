"""A stream route behind the front, the admission and the real server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from hubbub.errors import Unauthorized
from hubbub.platform.front import Front
from hubbub.platform.http import Application, EventStream, Query, Request, Router, Routes, Viewer, describe
from hubbub.platform.live import Frame, Listener, Outlet
from hubbub.platform.server import run_server
from hubbub.platform.services import TicketOffice
from hubbub.settings import ServerSettings
from tests.support.world import World

ROUTES = Routes("Streams")


class StreamQuery(Query, frozen=True):
    ticket: str | None = None


@dataclass
class Ear:
    heard_texts: list[bytes] = field(default_factory=list)

    def heard(self, text: bytes) -> None:
        self.heard_texts.append(text)

    def closed(self, code: int) -> None: ...


@ROUTES.get("/v1/stream", returns=EventStream, takes_ticket=True)
async def open_stream(request: Request, query: StreamQuery) -> EventStream:
    """Open a stream."""
    viewer = request.viewer

    def attach(outlet: Outlet) -> Listener:
        outlet.send(Frame(b"ready", b'{"account":"%d","until":%d}' % (viewer.id, viewer.expires_at)))
        return Ear()

    return EventStream(attach, {"X-Stream": "yes"})


@ROUTES.get("/v1/plain", returns=bytes)
async def plain(request: Request) -> bytes:
    """Not a stream."""
    return b"1"


class Office:
    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.tickets = {"good-ticket"}

    async def redeem(self, ticket: str) -> Viewer:
        if ticket not in self.tickets:
            raise Unauthorized("ticket")
        self.tickets.remove(ticket)
        return self.viewer


@dataclass
class Api:
    port: int
    world: World

    async def handshake(self, path: str = "/v1/stream", **options: object) -> ClientConnection:
        return await connect(f"ws://127.0.0.1:{self.port}{path}", proxy=None, **options)  # type: ignore[arg-type]

    async def refusal(self, path: str = "/v1/stream", **options: object) -> tuple[int, dict[str, str]]:
        with pytest.raises(InvalidStatus) as caught:
            await self.handshake(path, **options)
        response = caught.value.response
        return response.status_code, {name.lower(): value for name, value in response.headers.raw_items()}


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    settings = replace(ServerSettings(port=0), cors_origins=("https://app.example",))
    front = Front(Application(Router(ROUTES.found), world.services), settings)
    server = asyncio.create_task(
        run_server(front, settings, stop=stop, on_ready=lambda _, port: ready.set_result(port))
    )
    yield Api(await ready, world)
    stop.set()
    await server
    front.close()


async def test_bearer_token_opens_a_websocket(api: Api) -> None:
    person = await api.world.person()

    async with await api.handshake(additional_headers={"Authorization": f"Bearer {person.token}"}) as socket:
        first = str(await socket.recv())
        headers = socket.response.headers if socket.response else {}

    assert f'"account":"{person.id}"' in first
    assert '"until":0' not in first
    assert headers["x-stream"] == "yes"
    assert headers["x-request-id"]
    assert "sec-websocket-protocol" not in headers


async def test_bearer_token_among_the_protocols_opens_one_and_is_not_echoed(api: Api) -> None:
    person = await api.world.person()

    offered = ["hubbub.v1", f"bearer.{person.token}"]
    async with await api.handshake(subprotocols=offered) as socket:
        await socket.recv()
        assert socket.subprotocol == "hubbub.v1"


async def test_ticket_opens_one_and_only_once(api: Api) -> None:
    person = await api.world.person()
    api.world.services.add(Office(Viewer(person.id, 1)), TicketOffice)

    async with await api.handshake("/v1/stream?ticket=good-ticket") as socket:
        first = str(await socket.recv())
    status, _ = await api.refusal("/v1/stream?ticket=good-ticket")

    assert f'"account":"{person.id}"' in first
    assert status == 401


@pytest.mark.parametrize("query", ["access_token", "token", "bearer"])
async def test_token_in_the_url_counts_for_nothing(api: Api, query: str) -> None:
    person = await api.world.person()

    status, headers = await api.refusal(f"/v1/stream?{query}={person.token}")

    assert status == 401
    assert headers["content-type"] == "application/problem+json"
    assert headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "offered", [["bearer."], ["bearer.a", "bearer.b"], ["hubbub.v1", "bearer.made.up.x"]]
)
async def test_protocols_without_one_good_token_are_unauthorized(api: Api, offered: list[str]) -> None:
    status, _ = await api.refusal(subprotocols=offered)

    assert status == 401


async def test_suspended_account_is_refused_before_the_upgrade(api: Api) -> None:
    person = await api.world.person()
    await api.world.set_state(person, "suspended")

    status, _ = await api.refusal(additional_headers={"Authorization": f"Bearer {person.token}"})

    assert status == 403


async def test_page_of_another_origin_is_refused_before_the_upgrade(api: Api) -> None:
    person = await api.world.person()
    bearer = {"Authorization": f"Bearer {person.token}"}

    for origin in ("https://evil.example", "null", "https://app.example.evil.example"):
        status, _ = await api.refusal(origin=origin, additional_headers=bearer)
        assert status == 403
    for origin in ("https://app.example", f"http://127.0.0.1:{api.port}"):
        async with await api.handshake(origin=origin, additional_headers=bearer) as socket:
            await socket.recv()


@pytest.mark.parametrize("path", ["/v1/plain", "/v1/nothing", "/v1//stream", "/"])
async def test_handshake_with_what_is_no_stream_is_not_found(api: Api, path: str) -> None:
    person = await api.world.person()

    status, _ = await api.refusal(path, additional_headers={"Authorization": f"Bearer {person.token}"})

    assert status == 404


async def test_event_stream_is_opened_for_who_asks_for_one(api: Api) -> None:
    person = await api.world.person()
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Accept": "text/event-stream",
        "Origin": "https://app.example",
    }

    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as http,
        http.stream("GET", "/v1/stream", headers=headers) as reply,
    ):
        lines = reply.aiter_lines()
        got = [await anext(lines) for _ in range(4)]

    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"
    assert reply.headers["access-control-allow-origin"] == "https://app.example"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-ratelimit-remaining"]
    assert got[0].startswith("retry: ")
    assert got[2] == "event: ready"


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html, */*;q=0.8"])
async def test_plain_request_is_told_to_upgrade(api: Api, accept: str) -> None:
    person = await api.world.person()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as http:
        bearer = {"Authorization": f"Bearer {person.token}", "Accept": accept}
        reply = await http.get("/v1/stream", headers=bearer)
        nobody = await http.get("/v1/stream")

    assert (reply.status_code, reply.json()["code"]) == (426, "upgrade_required")
    assert reply.headers["upgrade"] == "websocket"
    assert "upgrade" in reply.headers["connection"].lower()
    assert nobody.status_code == 401


async def test_head_says_what_get_would_and_opens_nothing(api: Api) -> None:
    person = await api.world.person()
    headers = {"Authorization": f"Bearer {person.token}", "Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as http:
        reply = await http.head("/v1/stream", headers=headers)
        other = await http.post("/v1/stream", headers=headers)

    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (other.status_code, other.headers["allow"]) == (405, "GET, HEAD")


def test_document_says_both_ways_to_open_a_stream() -> None:
    document = describe(ROUTES.found, version="1", public_url="http://a")

    responses = document["paths"]["/v1/stream"]["get"]["responses"]
    assert {"101", "200", "401", "426", "429"} <= set(responses)
    assert list(responses["200"]["content"]) == ["text/event-stream"]
