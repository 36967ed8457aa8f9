"""What the front knows of one request until its answer is out."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from hubbub.errors import AppError
from hubbub.platform.front.bodies import RouteRule
from hubbub.platform.front.headers import API_POLICY, NO_STORE
from hubbub.platform.problems import render_problem
from hubbub.platform.telemetry.context import new_request_id, request_id

if TYPE_CHECKING:
    from hubbub.platform.front.front import Front

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

CLIENT_GONE = 499
EVENT_STREAM = (b"text/event-stream", b"text/event-stream; charset=utf-8")
_is_request_id = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch


def name_request(scope: Any, given: bytes | None) -> str:
    """The id of a request, a client's own if it is a sane one; for answers, logs and the application."""
    name = given.decode() if given is not None and _is_request_id(given) else new_request_id()
    request_id.set(name)
    state = scope.get("state")
    if state is None:
        state = scope["state"] = {}
    state["request_id"] = name
    return name


class Visit:
    """Its `send` is what the application is given."""

    # Class attributes, since most visits never change them and setting each costs.
    status = CLIENT_GONE
    size = 0
    is_started = False
    is_late = False
    is_reading = False
    slots: list[int] | None = None
    """The counter that this one is counted in."""

    def __init__(self, front: "Front", scope: Any, send: Send) -> None:
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = name_request(scope, self.headers.get(b"x-request-id"))
        self.rule: RouteRule = front.rule_for(scope["path"])
        self.task: asyncio.Task[Any] | None = asyncio.current_task()
        self._front = front
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        self.started_at = time.perf_counter()

    def is_over(self, now: float) -> bool:
        return now > self.started_at + self.rule.deadline_seconds

    async def send(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "hubbub.stream"):
            message = self._start(message)
        elif self._is_head:
            message = {**message, "body": b""}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, error: AppError) -> None:
        status, headers, body = render_problem(error, self.request_id)
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def leave(self) -> None:
        """Its slot, if it has one, is free for another."""
        if self.slots is not None:
            self.slots[0] -= 1
            self.slots = None

    def _start(self, message: Message) -> Message:
        self.status = message["status"]
        self.is_started = True
        front = self._front
        front.visits.discard(self)
        given: list[tuple[bytes, bytes]] = message.get("headers") or []
        names = dict(given)
        headers = [*given, *front.fixed, (b"x-request-id", self.request_id.encode())]
        if b"content-security-policy" not in names:
            headers.append(API_POLICY)
        if b"cache-control" not in names:
            headers.append(NO_STORE)
        if front.cors.is_on:
            headers += front.cors.headers(self.headers.get(b"origin"))
        if names.get(b"content-type") in EVENT_STREAM:
            self.leave()  # it stays open for hours without working
        return {**message, "headers": headers}
