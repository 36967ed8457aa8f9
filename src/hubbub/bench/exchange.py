"""Plain requests over kept connections, for what comes before, beside and after a measurement."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from hubbub.bench.mix import Shot, encode
from hubbub.bench.pool import Pool
from hubbub.bench.target import Call

DEADLINE_SECONDS = 60.0
BUSY_TRIES = 20
BUSY_SECONDS = 0.5


class Refused(Exception):
    """The target did not do what it was asked; the text says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(f"the target gave an answer that is not JSON: {self.body[:100]!r}") from None


class Client:
    """Asks one thing at a time on each of its connections; who finds none free waits in line."""

    def __init__(self, base_url: str, connections: int = 1) -> None:
        self._pool = Pool(base_url, connections, self)
        self._host = urlsplit(base_url).netloc
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}

    async def __aenter__(self) -> "Client":
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.__aexit__()

    async def ask(self, call: Call) -> Answer:
        """Raises Refused when no answer comes; one with an error status is an answer."""
        number = next(self._numbers)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._pool.fire(Shot(0.0, "ask", number, encode(call, self._host)))
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await future
        except TimeoutError:
            raise Refused("the target took too long to answer") from None
        finally:
            del self._waiting[number]

    def answered(self, shot: Shot, status: int, head: bytes, body: bytes) -> None:
        future = self._waiting.get(shot.reader)
        if future is not None and not future.done():
            future.set_result(Answer(status, head, body))

    def broke(self, shot: Shot, why: str) -> None:
        future = self._waiting.get(shot.reader)
        if future is not None and not future.done():
            future.set_exception(Refused(f"the target broke off: {why}"))


async def ask_all(
    base_url: str,
    calls: Sequence[Call],
    *,
    at_once: int = 8,
    on_answer: Callable[[int], None] = lambda done: None,
) -> list[Answer]:
    """Make all of these requests and give their answers in the same order. Raises Refused, Unreachable."""
    gate = asyncio.Semaphore(at_once)
    done = count(1)

    async def ask(call: Call) -> Answer:
        async with gate:
            answer = await _ask_patiently(client, call)
        on_answer(next(done))
        return answer

    async with Client(base_url, max(1, min(at_once, len(calls)))) as client:
        tasks = [asyncio.ensure_future(ask(call)) for call in calls]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _ask_patiently(client: Client, call: Call) -> Answer:
    for _ in range(BUSY_TRIES):
        answer = await client.ask(call)
        if answer.status != 503:
            return answer
        await asyncio.sleep(BUSY_SECONDS)
    raise Refused("the target kept answering 503: it has more work than it can do already")
