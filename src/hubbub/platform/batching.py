"""Writes of many callers in one statement: what arrives while a batch is under way makes up the next one.

Nobody waits for company. A caller alone is written at once; the busier it gets, the more share the price
of a statement and of its commit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

from hubbub.errors import Unavailable

log = logging.getLogger(__name__)

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")
Write = Callable[[Sequence[I], float], Awaitable[Sequence[R]]]
"""Writes items and returns the result of each, in their order, within so many seconds."""

MOST_AT_ONCE = 4
"""Batches under way beside each other when some are held up."""
PATIENCE_SECONDS = 0.1
"""After this long a batch counts as held up, by a lock perhaps, and what waits goes on without it."""


class TooManyWrites(Unavailable):
    code = "busy"
    message = "Too much is asked of the server right now; try again in a moment."


@dataclass(slots=True, eq=False)
class _Entry(Generic[I, R]):
    item: I
    key: Hashable
    ends_at: float
    answer: asyncio.Future[R]


@dataclass(slots=True, eq=False)
class _Batch(Generic[I, R]):
    entries: list[_Entry[I, R]]
    is_held_up: bool = False


class Batcher(Generic[I, R]):
    """Of one kind of write. Items of one key are written one after the other, in the order they came."""

    def __init__(
        self,
        write: Write[I, R],
        *,
        key: Callable[[I], Hashable],
        seconds: float,
        most: int = 200,
        most_waiting: int = 2_000,
    ) -> None:
        self._write = write
        self._key = key
        self._seconds = seconds
        self._most = most
        self._most_waiting = most_waiting
        self._waiting: deque[_Entry[I, R]] = deque()
        self._held: set[Hashable] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._held_up = 0

    async def write(self, item: I) -> R:
        """The item's own result, or its own failure. A caller that gives up stops nobody else's write.

        Raises TooManyWrites when too many wait already, Unavailable after `seconds`: then it was not
        written, or is only just being written.
        """
        if len(self._waiting) >= self._most_waiting:
            raise TooManyWrites(f"{len(self._waiting)} wait")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._seconds
        entry = _Entry[I, R](item, self._key(item), ends_at, loop.create_future())
        self._waiting.append(entry)
        self._begin()
        timer = loop.call_at(ends_at, _time_out, entry.answer)
        try:
            return await entry.answer
        finally:
            timer.cancel()

    def _begin(self) -> None:
        """Have one batch under way that is not held up, as long as something waits."""
        if self._waiting and len(self._under_way) == self._held_up < MOST_AT_ONCE:
            # In a context of its own, as it is nobody's request and may serve a thousand of them.
            task = asyncio.get_running_loop().create_task(self._run(), context=Context())
            self._under_way.add(task)

    async def _run(self) -> None:
        task = asyncio.current_task()
        try:
            while len(self._under_way) == self._held_up + 1:
                await asyncio.sleep(0)  # whoever is ready in this turn of the event loop comes along
                batch = self._take()
                if not batch.entries:
                    return
                await self._see_through(batch)
        finally:
            if task is not None:
                self._under_way.discard(task)

    def _take(self) -> _Batch[I, R]:
        """The oldest, one of each key; whoever has given up is left out, what is under way is waited for."""
        taken: list[_Entry[I, R]] = []
        keys: set[Hashable] = set()
        passed: list[_Entry[I, R]] = []
        while self._waiting and len(taken) < self._most:
            entry = self._waiting.popleft()
            if entry.answer.done():
                continue
            if entry.key in self._held or entry.key in keys:
                passed.append(entry)
                continue
            keys.add(entry.key)
            taken.append(entry)
        self._waiting.extendleft(reversed(passed))
        return _Batch(taken)

    async def _see_through(self, batch: _Batch[I, R]) -> None:
        keys = {entry.key for entry in batch.entries}
        self._held |= keys
        timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._note_held_up, batch)
        try:
            await self._write_together(batch.entries)
        except BaseException as error:
            for entry in batch.entries:
                _fail(entry, error if isinstance(error, Exception) else Unavailable("the process is ending"))
            if not isinstance(error, Exception):
                raise
        finally:
            timer.cancel()
            self._held -= keys
            self._held_up -= batch.is_held_up

    def _note_held_up(self, batch: _Batch[I, R]) -> None:
        batch.is_held_up = True
        self._held_up += 1
        self._begin()

    async def _write_together(self, entries: Sequence[_Entry[I, R]]) -> None:
        """In one statement, or each by itself when something is wrong with one of them."""
        if len(entries) == 1:
            await self._write_one(entries[0])
            return
        loop = asyncio.get_running_loop()
        # Half of the time, so that the rest is left for the others when one item holds up the statement.
        half_at = loop.time() + (max(entry.ends_at for entry in entries) - loop.time()) / 2
        try:
            results = await self._write([entry.item for entry in entries], half_at - loop.time())
        except Exception as error:
            if isinstance(error, Unavailable) and loop.time() < half_at:
                raise
            log.warning("a batch of %s failed, writing its items one by one: %r", len(entries), error)
        else:
            for entry, result in zip(entries, results, strict=True):
                _succeed(entry, result)
            return
        turns = asyncio.Semaphore(MOST_AT_ONCE)

        async def take_turn(entry: _Entry[I, R]) -> None:
            async with turns:
                if not entry.answer.done():
                    await self._write_one(entry)

        await asyncio.gather(*(take_turn(entry) for entry in entries))

    async def _write_one(self, entry: _Entry[I, R]) -> None:
        seconds = entry.ends_at - asyncio.get_running_loop().time()
        try:
            [result] = await self._write([entry.item], seconds)
        except Exception as error:
            _fail(entry, error)
        else:
            _succeed(entry, result)


def _succeed(entry: _Entry[I, R], result: R) -> None:
    if not entry.answer.done():
        entry.answer.set_result(result)


def _fail(entry: _Entry[I, R], error: Exception) -> None:
    if not entry.answer.done():
        entry.answer.set_exception(error)


def _time_out(answer: "asyncio.Future[R]") -> None:
    if not answer.done():
        answer.set_exception(Unavailable("not written in time"))
