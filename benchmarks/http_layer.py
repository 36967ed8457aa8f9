"""CPU per request of an HTTP layer alone: no server, no socket, no engines.

Measures ours, and Litestar and Starlette where installed, on the same work: match a path with a parameter,
decode a JSON body of two fields strictly, answer a struct as JSON. Run it alone:

    python benchmarks/http_layer.py
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubbub.platform.http import Application, Body, Request, Router, Routes, View

ROUNDS, CALLS = 9, 3000
BODY = b'{"text": "hello, world", "language": "en"}'


class NewThing(Body, frozen=True):
    text: Annotated[str, Meta(max_length=200)]
    language: Annotated[str, Meta(max_length=20)] = "en"


class ThingView(View, frozen=True):
    id: str
    text: str


def ours() -> Any:
    routes = Routes("Things")

    @routes.put("/v1/things/{thing_id}", returns=ThingView, auth="none", budget="none")
    async def put_thing(request: Request, thing_id: int, body: NewThing) -> ThingView:
        """Put a thing."""
        return ThingView(id=str(thing_id), text=body.text)

    class Settings:
        trusted_proxies = ()

    class Services:
        authenticator = None

        class settings:
            rate_factor = 1.0
            server = Settings

    services: Any = Services
    return Application(Router(routes.found), services)


def litestar() -> Any:
    from litestar import Litestar, put

    @put("/v1/things/{thing_id:int}")
    async def put_thing(thing_id: int, data: NewThing) -> ThingView:
        return ThingView(id=str(thing_id), text=data.text)

    return Litestar([put_thing], openapi_config=None)


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    decode = msgspec.json.Decoder(NewThing).decode

    async def put_thing(request: Any) -> Response:
        data = decode(await request.body())
        body = msgspec.json.encode(ThingView(id=str(request.path_params["thing_id"]), text=data.text))
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/v1/things/{thing_id:int}", put_thing, methods=["PUT"])])


def bare() -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


async def cost(app: Callable[..., Awaitable[None]]) -> float:
    """CPU microseconds per call, over CALLS calls."""
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    started = time.process_time()
    for _ in range(CALLS):
        await app(scope(), receive, send)
    spent = time.process_time() - started
    if status != 200:
        raise SystemExit(f"answered {status}")
    return spent / CALLS * 1e6


def scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/v1/things/42",
        "raw_path": b"/v1/things/42",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"content-type", b"application/json"), (b"content-length", b"42")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {"request_id": "r"},
    }


async def main() -> None:
    apps: dict[str, Any] = {}
    for make in (bare, ours, starlette, litestar):
        try:
            apps[make.__name__] = make()
        except ImportError:
            print(f"{make.__name__}: not installed, left out")
    seen: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(ROUNDS):
        for name, app in apps.items():
            seen[name].append(await cost(app))
    floor = statistics.median(seen["bare"])
    for name, values in seen.items():
        middle = statistics.median(values)
        print(
            f"{name:10} {middle:7.1f} µs of CPU per request ({min(values):.1f} to {max(values):.1f}),",
            f"{middle / floor:.1f}× bare",
        )


if __name__ == "__main__":
    asyncio.run(main())
