"""The ASGI application: find the route, learn who asks, charge their budget, run the handler, answer."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hubbub.errors import AppError, BadRequest, MethodNotAllowed, NotFound, UnsupportedMedia
from hubbub.platform.http.admission import admit
from hubbub.platform.http.replies import NO_BODY, Reply, encode_reply
from hubbub.platform.http.requests import Request
from hubbub.platform.http.routing import Route, Router
from hubbub.platform.http.shares import Shares
from hubbub.platform.http.streams import EventStream, check_asks_for_stream, opening
from hubbub.platform.http.types import MAX_CONDITION_LENGTH
from hubbub.platform.problems import render_problem
from hubbub.platform.services import Services

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("hubbub.http")


class Application:
    """Plain ASGI, but for streams: a handshake is a GET whose scope is a "websocket", and is answered like
    one until its handler returns an EventStream. What no route answers is a 404 or a 405 in problem form.
    """

    def __init__(self, router: Router, services: Services) -> None:
        self.router = router
        self.services = services
        self._shares = Shares(max(1.0, services.settings.rate_factor))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request | None = None
        try:
            route, arguments = self._find(scope)
            scope.setdefault("state", {})["route"] = route.path
            body = await _read_body(scope, receive) if scope["method"] != "GET" else b""
            request = Request(scope, self.services, operation=route.operation, status=route.status, body=body)
            await admit(request, route)
            check_asks_for_stream(request, route)
            if route.is_conditional:
                _require_short_conditions(request)
            if route.body is not None and (request.body or not route.is_body_optional):
                _require_json(request)
            async with self._shares.of(request.viewer_id):
                result = await route.call(request, arguments)
        except AppError as error:
            await self._refuse(error, scope, request, send)
            return
        if isinstance(result, EventStream):
            await _open(result, request, send)
        else:
            await _send(encode_reply(result, route.status), route, request, send)

    def _find(self, scope: Scope) -> tuple[Route, list[str]]:
        found = self.router.find(scope["path"])
        if found is None:
            raise NotFound
        methods, arguments = found
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = methods.get(method)
        if route is None:
            allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})
        return route, arguments

    async def _refuse(self, error: AppError, scope: Scope, request: Request | None, send: Send) -> None:
        request_id = scope.get("state", {}).get("request_id", "")
        status, headers, body = render_problem(error, request_id)
        if error.detail:
            log.info("refused", extra={"code": error.code, "detail": error.detail, "path": scope["path"]})
        if request is not None:
            headers += request.reply_headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body; the front has bounded its size and its time."""
    message = await receive()
    chunk: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return chunk
    parts = [chunk]
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("client went away")
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _require_json(request: Request) -> None:
    media_type = (request.header("content-type") or "").split(";")[0].strip().lower()
    if media_type != "application/json" and not (not media_type and not request.body):
        raise UnsupportedMedia(media_type[:80])


def _require_short_conditions(request: Request) -> None:
    for name in ("if-none-match", "if-match"):
        if len(request.header(name) or "") > MAX_CONDITION_LENGTH:
            raise BadRequest(f"{name} is too long")


async def _open(stream: EventStream, request: Request, send: Send) -> None:
    message = opening(stream, request)
    if request.method == "GET":
        await send(message)
    else:
        await send({**message, "type": "http.response.start"})
        await send({"type": "http.response.body", "body": b""})


async def _send(reply: Reply, route: Route, request: Request, send: Send) -> None:
    body = b"" if reply.status in NO_BODY else reply.body
    headers = request.reply_headers
    if reply.status not in NO_BODY:
        media_type = reply.media_type if reply.media_type != "application/json" else route.media_type
        headers.append((b"content-type", media_type.encode()))
        headers.append((b"content-length", str(len(body)).encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    if route.auth != "none":
        headers.append((b"vary", b"Authorization"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
