"""Plain requests over a pool, for what comes before and after a measurement."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hubbub.bench.mix import Shot, encode
from hubbub.bench.pool import Pool
from hubbub.bench.target import Call

DEADLINE_SECONDS = 30.0
BUSY_TRIES = 20
BUSY_SECONDS = 0.5


class Refused(Exception):
    """The target did not do what it was asked; the text says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(f"an answer that is not JSON: {self.body[:100]!r}") from None


async def ask_all(
    base_url: str,
    calls: Sequence[Call],
    *,
    at_once: int = 8,
    on_answer: Callable[[int], None] = lambda done: None,
) -> list[Answer]:
    """Make all of these requests and give their answers in the same order. Raises Refused, Unreachable."""
    found: dict[int, Answer] = {}
    left = dict(enumerate(calls))
    async with Pool(base_url, min(at_once, max(len(calls), 1))) as pool:
        for _ in range(BUSY_TRIES):
            asked = _Asked(left, found, on_answer)
            pool.sink = asked
            host = urlsplit(base_url).netloc
            for number, call in list(left.items()):
                pool.fire(Shot(0.0, "ask", number, encode(call, host)))
            await asked.wait()
            left = {number: calls[number] for number in asked.busy}
            if not left:
                break
            await asyncio.sleep(BUSY_SECONDS)
    if left:
        raise Refused("the target kept answering 503: it has more work than it can do already")
    return [found[number] for number in range(len(calls))]


class _Asked:
    """Collects what comes back; who is told to come again is remembered in `busy`."""

    def __init__(
        self, left: dict[int, Call], found: dict[int, Answer], on_answer: Callable[[int], None]
    ) -> None:
        self.busy: list[int] = []
        self._found = found
        self._on_answer = on_answer
        self._left = set(left)
        self._done = asyncio.Event()
        self._broken = ""
        if not left:
            self._done.set()

    def answered(self, shot: Shot, status: int, head: bytes, body: bytes) -> None:
        if status == 503:
            self.busy.append(shot.reader)
        else:
            self._found[shot.reader] = Answer(status, body)
            self._on_answer(len(self._found))
        self._end(shot)

    def broke(self, shot: Shot, why: str) -> None:
        self._broken = why
        self._end(shot)

    def _end(self, shot: Shot) -> None:
        self._left.discard(shot.reader)
        if not self._left or self._broken:
            self._done.set()

    async def wait(self) -> None:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS + len(self._left)):
                await self._done.wait()
        except TimeoutError:
            raise Refused("the target took too long to answer") from None
        if self._broken:
            raise Refused(f"the target broke off: {self._broken}")
