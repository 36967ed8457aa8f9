"""The outermost ASGI layer: names, bounds, sheds, times and logs every request, completes every answer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hubbub.errors import AppError, RequestTimeout
from hubbub.platform.front.bodies import (
    BodyReader,
    Bounded,
    ClientGone,
    Overloaded,
    Receive,
    Replay,
    RouteRule,
    check_body_headers,
)
from hubbub.platform.front.cors import Cors, ForeignOrigin
from hubbub.platform.front.headers import security_headers
from hubbub.platform.front.paths import check_path
from hubbub.platform.front.visit import Send, Visit
from hubbub.platform.telemetry.access import AccessLog
from hubbub.platform.telemetry.metrics import Requests, counter, gauge
from hubbub.settings import ServerSettings

App = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger("hubbub.front")

REQUESTS = Requests()
IN_FLIGHT = gauge("hubbub_requests_in_flight", "Requests being worked on.")
SHED = counter("hubbub_requests_shed_total", "Requests refused because of too much work.", ["reason"])
LATE = counter("hubbub_requests_late_total", "Requests ended at their deadline.", ["while_"])
FAILED = counter("hubbub_requests_failed_total", "Requests answered with 500 because of a bug.")

SWEEP_SECONDS = 0.25
HEALTH = frozenset(("/health/live", "/health/ready"))
ORDINARY = RouteRule("/")


class Front:
    """`rules` name paths that differ from the ordinary 1 MiB and 30 s; the first whose prefix fits holds.

    A handshake is a GET like any other here. Event streams and WebSockets are counted while they begin, not
    while they stay open.
    """

    def __init__(
        self,
        app: App,
        settings: ServerSettings,
        *,
        rules: Sequence[RouteRule] = (),
        access_log: AccessLog | None = None,
        bodies: BodyReader | None = None,
    ) -> None:
        self.app = app
        self.fixed = security_headers(settings.public_url)
        self.cors = Cors(settings.cors_origins, settings.public_url)
        self.visits: set[Visit] = set()
        self._access_log = access_log
        self._rules = tuple(rules)
        self._bodies = bodies or BodyReader()
        self._max_in_flight = settings.max_in_flight
        self._max_uploads = max(1, settings.max_in_flight // 4)
        self._in_flight = [0]
        self._uploads = [0]
        self._timer: asyncio.TimerHandle | None = None
        IN_FLIGHT.set_function(lambda: self._in_flight[0] + self._uploads[0])

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        visit = Visit(self, scope, send)
        self.visits.add(visit)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        try:
            await self._serve(visit, receive)
        except AppError as error:
            await self._refuse(visit, error)
        except ClientGone:
            pass
        except asyncio.CancelledError:
            if not visit.is_late:
                raise
            await self._refuse_late(visit)
        except Exception as error:
            FAILED.inc()
            log.exception("unexpected", extra={"method": scope["method"], "route": self._route(visit)})
            await self._refuse(visit, AppError(type(error).__name__))
        finally:
            self._finish(visit)

    def rule_for(self, path: str) -> RouteRule:
        for rule in self._rules:
            if path.startswith(rule.prefix):
                return rule
        return ORDINARY

    def close(self) -> None:
        """Write what the access log still holds. Requests must have ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._access_log is not None:
            self._access_log.flush()

    # One request

    async def _serve(self, visit: Visit, receive: Receive) -> None:
        scope, headers = visit.scope, visit.headers
        check_path(scope)
        if scope["type"] == "websocket":
            self._check_origin(headers)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await self._answer_preflight(visit)
            return
        is_exempt = scope["path"] in HEALTH
        if not is_exempt:
            self._check_room(visit)
        if b"content-length" in headers or b"transfer-encoding" in headers:
            receive = await self._take_body(visit, receive)
            if not is_exempt:
                self._check_room(visit)  # others may have come while it arrived
        if not is_exempt:
            visit.slots = self._slots(visit)
            visit.slots[0] += 1
        await self.app(scope, receive, visit.send)

    def _check_origin(self, headers: dict[bytes, bytes]) -> None:
        """A browser asks nobody before it opens a WebSocket, so it is here that a stranger's page is told."""
        origin = headers.get(b"origin")
        if origin is not None and not self.cors.admits(origin, headers.get(b"host", b"")):
            raise ForeignOrigin(repr(origin[:80]))

    def _check_room(self, visit: Visit) -> None:
        most = self._max_uploads if visit.rule.is_streamed else self._max_in_flight
        if self._slots(visit)[0] >= most:
            SHED.labels("in_flight").inc()
            raise Overloaded("in flight")

    def _slots(self, visit: Visit) -> list[int]:
        """Uploads arrive slowly and are counted apart, so that they cannot take every slot."""
        return self._uploads if visit.rule.is_streamed else self._in_flight

    async def _take_body(self, visit: Visit, receive: Receive) -> Receive:
        """A slow body holds no slot: the request counts as work once it is complete."""
        check_body_headers(visit.headers, visit.rule)
        if visit.rule.is_streamed:
            return Bounded(receive, visit.rule.max_body_bytes)
        visit.is_reading = True
        body = await self._bodies.read(receive, visit.rule.max_body_bytes)
        visit.is_reading = False
        return Replay(body, receive)

    async def _answer_preflight(self, visit: Visit) -> None:
        headers = self.cors.preflight(visit.headers.get(b"origin", b"")) if self.cors.is_on else []
        await visit.send({"type": "http.response.start", "status": 204, "headers": headers})
        await visit.send({"type": "http.response.body", "body": b""})

    async def _refuse(self, visit: Visit, error: AppError) -> None:
        """Once an answer has begun it cannot be taken back: the server then cuts the connection."""
        if not visit.is_started:
            await visit.refuse(error)

    async def _refuse_late(self, visit: Visit) -> None:
        task = visit.task
        while task is not None and task.cancelling():
            task.uncancel()
        LATE.labels("reading" if visit.is_reading else "working").inc()
        await self._refuse(visit, RequestTimeout("body") if visit.is_reading else Overloaded("deadline"))

    def _finish(self, visit: Visit) -> None:
        self.visits.discard(visit)
        visit.leave()
        seconds = time.perf_counter() - visit.started_at
        route, method = self._route(visit), visit.scope["method"]
        REQUESTS.observe(route, method, visit.status, seconds)
        if self._access_log is not None:
            self._access_log.add(
                (method, route, visit.request_id),
                visit.status,
                seconds,
                visit.size,
                visit.scope["state"].get("account_id"),
            )

    @staticmethod
    def _route(visit: Visit) -> str:
        """The template; what fits none shares one name, so that strangers cannot make up metrics."""
        route: str = visit.scope["state"].get("route", "unmatched")
        return route

    # All requests

    def _sweep(self) -> None:
        """End what is over its deadline, again and again should it not want to end."""
        now = time.perf_counter()
        for visit in tuple(self.visits):
            if visit.is_over(now) and visit.task is not None:
                visit.is_late = True
                visit.task.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(SWEEP_SECONDS, self._sweep) if self.visits else None
