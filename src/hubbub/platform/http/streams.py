"""A route that stays open: a WebSocket, or server-sent events for who asks for these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubbub.errors import NotFound, UpgradeRequired
from hubbub.platform.http.requests import Request
from hubbub.platform.http.routing import Route
from hubbub.platform.live import Listener, Outlet

Attach = Callable[[Outlet], Listener]

EVENT_STREAM = "text/event-stream"
PROTOCOL = "hubbub.v1"


@dataclass(frozen=True, slots=True)
class EventStream:
    """What a handler of a route with `returns=EventStream` answers with.

    `attach` is called once, when the client has been told that the stream is open; whatever the handler
    holds or counts for a stream begins there, since the client may be gone by then, or have asked by HEAD.
    """

    attach: Attach
    headers: Mapping[str, str] = field(default_factory=dict)


def check_asks_for_stream(request: Request, route: Route) -> None:
    """Raises NotFound for a handshake with an ordinary route, UpgradeRequired for what opens no stream."""
    is_handshake = request.scope["type"] == "websocket"
    if route.returns is not EventStream:
        if is_handshake:
            raise NotFound("not a stream")
    elif not is_handshake and not _wants_events(request.header("accept") or ""):
        raise UpgradeRequired("neither a handshake nor an event stream")


def _wants_events(accept: str) -> bool:
    """By name: nearly every client says that it takes `*/*`, and few of these can read a stream."""
    return any(part.partition(";")[0].strip().lower() == EVENT_STREAM for part in accept.split(","))


def opening(stream: EventStream, request: Request) -> dict[str, Any]:
    """The ASGI message that has the server take the connection over."""
    headers = [*request.reply_headers]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in stream.headers.items()]
    headers.append((b"vary", b"Authorization"))
    if request.scope["type"] == "websocket":
        if PROTOCOL in request.scope["subprotocols"]:
            headers.append((b"sec-websocket-protocol", PROTOCOL.encode()))
        return {"type": "hubbub.stream", "status": 101, "headers": headers, "attach": stream.attach}
    headers += [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    return {"type": "hubbub.stream", "status": 200, "headers": headers, "attach": stream.attach}
