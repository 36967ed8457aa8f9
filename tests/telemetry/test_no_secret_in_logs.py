"""The whole API is driven with secrets in every place, at the chattiest level; then the logs are searched."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from hubbub.app import build_front
from hubbub.platform.server import run_server
from hubbub.platform.telemetry import AccessLog, configure_logging
from hubbub.settings import ServerSettings
from tests.support.world import World

PASSWORDS = ("a lantern swings in the north wind", "seven herons wait for the tide", "not the right password")
MADE_UP = (
    "madeupaccesstoken0123456789",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjM0NTY3ODkifQ.c2lnbmF0dXJlLW1hZGUtdXA",
    "madeupticket0123456789",
    "madeupcookie0123456789",
)
CHATTY = ServerSettings(port=0, log_level="debug", log_format="json")


@dataclass
class Run:
    """An API on a real port, what it logged, and every secret that was sent or issued."""

    http: httpx.AsyncClient
    port: int
    logged: io.StringIO
    secrets: set[str] = field(default_factory=lambda: {*PASSWORDS, *MADE_UP})

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        answer = await self.http.request(method, path, **rest)
        if answer.headers.get("content-type", "").startswith("application/json"):
            self._keep(answer.json())
        return answer

    def _keep(self, value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                self._keep(inner, key)
        elif isinstance(value, list):
            for inner in value:
                self._keep(inner, name)
        elif isinstance(value, str) and any(
            part in name for part in ("token", "secret", "codes", "uri", "ticket")
        ):
            self.secrets.add(value)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(CHATTY, stream)
    ours = ("httpx", "httpcore", "websockets.client")
    for name in ours:  # the test's own clients, which run in this process too
        logging.getLogger(name).setLevel(logging.CRITICAL)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ours:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(False)


@pytest.fixture
async def run(world: World, logged: io.StringIO) -> AsyncIterator[Run]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    front = build_front(world.services, AccessLog(CHATTY, logged))
    server = asyncio.create_task(
        run_server(front, CHATTY, stop=stop, on_ready=lambda _, port: ready.set_result(port))
    )
    port = await ready
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield Run(http, port, logged)
    stop.set()
    await server
    front.close()


async def sign_up_and_in(run: Run) -> str:
    person = {"handle": "heron", "email": "heron@example.org", "password": PASSWORDS[0]}
    await run.ask("POST", "/v1/auth/register", json=person)
    await run.ask("POST", "/v1/auth/login", json={"login": "heron", "password": PASSWORDS[2]})
    answer = await run.ask("POST", "/v1/auth/login", json={"login": "heron", "password": PASSWORDS[0]})
    refresh = answer.json()["refresh_token"]
    token: str = (await run.ask("POST", "/v1/auth/refresh", json={"refresh_token": refresh})).json()[
        "access_token"
    ]
    return token


async def use_every_door(run: Run, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    change = {"current_password": PASSWORDS[0], "new_password": PASSWORDS[1]}
    await run.ask("GET", "/v1/me", headers=bearer)
    await run.ask("GET", "/v1/auth/sessions", headers=bearer)
    await run.ask("POST", "/v1/auth/totp", headers=bearer)
    await open_streams(run, token)
    await run.ask("POST", "/v1/auth/password/forgot", json={"email": "heron@example.org"})
    await run.ask("POST", "/v1/auth/password/change", headers=bearer, json=change)
    await run.ask("POST", "/v1/auth/logout", headers=bearer)
    await run.ask("GET", "/v1/me", headers=bearer)


async def open_streams(run: Run, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    ticket = (await run.ask("POST", "/v1/stream/tickets", headers=bearer)).json()["ticket"]
    url = f"ws://127.0.0.1:{run.port}/v1/stream"
    async with connect(f"{url}?ticket={ticket}") as socket:
        await socket.send(f'{{"type":"auth","token":"{token}"}}')
        await socket.send(f'{{"type":"auth","token":"{MADE_UP[1]}"}}')
        assert [json.loads(await socket.recv())["type"] for _ in range(3)] == ["ready", "renewed", "error"]
    with contextlib.suppress(InvalidStatus):
        async with connect(f"{url}?ticket={ticket}"):
            pass
    async with connect(
        url, subprotocols=[Subprotocol("hubbub.v1"), Subprotocol(f"bearer.{token}")]
    ) as socket:
        await socket.recv()


async def use_every_door_wrongly(run: Run) -> None:
    access, jwt, ticket, cookie = MADE_UP
    for token in (access, jwt):
        await run.ask("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})
        await run.ask("GET", "/v1/me", headers={"Authorization": f"Basic {token}"})
        await run.ask("GET", "/v1/me", params={"access_token": token})
        await run.ask("GET", f"/v1/auth/password/reset/{token}")
        await run.ask("POST", "/v1/auth/refresh", json={"refresh_token": token})
        await run.ask("POST", "/v1/auth/password/reset", json={"token": token, "new_password": PASSWORDS[1]})
    await run.ask("GET", "/v1/instance", headers={"Cookie": f"session={cookie}"})
    await run.ask("POST", "/v1/auth/login", content=f'{{"login": "heron", "password": "{PASSWORDS[0]}"')
    await run.ask("POST", "/v1/auth/login", json={"login": 5, "password": [PASSWORDS[0]], "token": access})
    with contextlib.suppress(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{run.port}/v1/stream?ticket={ticket}"):
            pass
    reader, writer = await asyncio.open_connection("127.0.0.1", run.port)
    writer.write(f"GET /?ticket={ticket} HTTP/9.9\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_no_secret_that_was_sent_or_issued_is_logged(run: Run) -> None:
    token = await sign_up_and_in(run)
    await use_every_door(run, token)
    await use_every_door_wrongly(run)
    await asyncio.sleep(0.3)  # the access log is written a few times a second

    text = run.logged.getvalue()
    assert len(run.secrets) >= 12
    assert token in run.secrets
    assert text.count('"event":"request"') >= 20
    assert [secret for secret in run.secrets if secret in text] == []
