"""Sends the cells of one world one after the other, and collects what is not as it should be."""

from dataclasses import replace
from typing import Any

import httpx

from tests.support.operations import Call
from tests.support.snapshots import Snapshot
from tests.support.world import Person, World

# Headers that differ between two answers to the same request.
MOVING = (
    "x-request-id",
    "date",
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)


class Cells:
    """`viewer` sends everything. Each write is undone before the next cell."""

    def __init__(self, world: World, snapshot: Snapshot, viewer: Person | None) -> None:
        self.wrong: list[str] = []
        self.count = 0
        self._world = world
        self._snapshot = snapshot
        self._viewer = viewer

    async def expect(self, name: str, call: Call, answer: str, *, twin: Call | None = None) -> httpx.Response:
        """`twin` is the same call about what never was: a 404 has to be the same as its."""
        self.count += 1
        reply = await self._send(call)
        self._compare(name, "answer", answer_of(reply), answer)
        if call.is_write:
            await self._undo(name, reply)
        if answer.startswith("404") and twin is not None:
            never = await self._send(twin)
            self._compare(name, "body of 404", reply.content, never.content)
            self._compare(name, "headers of 404", _headers(reply), _headers(never))
        return reply

    async def expect_in(
        self, name: str, call: Call, item_id: str, *, is_in: bool, secret: str | None
    ) -> None:
        """Whether the list holds the item just once; the `secret` must be nowhere in the answer."""
        self.count += 1
        reply = await self._send(call)
        found = [item["id"] for item in _items(reply)]
        self._compare(name, "times in the list", found.count(item_id), int(is_in))
        if secret is not None:
            self._compare(name, "tells the secret", secret in reply.text, False)

    def note(self, name: str, what: str, found: Any, expected: Any) -> None:
        self.count += 1
        self._compare(name, what, found, expected)

    async def _send(self, call: Call) -> httpx.Response:
        """All requests have the same id, so that it is no difference between two answers."""
        return await replace(call, headers={"X-Request-Id": "cell"}).send(self._world, self._viewer)

    async def _undo(self, name: str, reply: httpx.Response) -> None:
        changed = await self._snapshot.changed_tables()
        if reply.status_code >= 400:
            self._compare(name, "tables changed by a refused write", changed, set())
        if changed:
            await self._snapshot.restore(changed)

    def _compare(self, name: str, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            self.wrong.append(f"{name}: {what}: {found!r}, not {expected!r}")


def answer_of(reply: httpx.Response) -> str:
    if reply.status_code < 400:
        return str(reply.status_code)
    return f"{reply.status_code}:{reply.json().get('code')}"


def _items(reply: httpx.Response) -> list[dict[str, Any]]:
    if reply.status_code != 200:
        return []
    body = reply.json()
    items: list[dict[str, Any]] = body["comments"]["items"] if "comments" in body else body["items"]
    return items


def _headers(reply: httpx.Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in reply.headers.items() if name not in MOVING)
