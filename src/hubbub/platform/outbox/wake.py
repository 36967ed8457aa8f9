"""Wakes workers at once, through a channel. Losing a message costs a worker's polling interval, no more."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

CHANNEL = "hubbub:wake"
# Between two messages of one process while there is more to tell: less than workers let events gather.
REST_SECONDS = 0.003


class Waker:
    """Called after each commit of events; publishes once for all the calls of a moment."""

    def __init__(self, publish: Callable[[str, bytes], Awaitable[Any]]) -> None:
        self._publish = publish
        self._task: asyncio.Task[None] | None = None
        self._called: set[str] = set()

    def __call__(self, consumers: Collection[str]) -> None:
        self._called.update(consumers)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def rest(self) -> None:
        """Until nothing more is to be told."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._called:
            called, self._called = self._called, set()
            try:
                await self._publish(CHANNEL, " ".join(sorted(called)).encode())
                await asyncio.sleep(REST_SECONDS)
            except Exception:
                return  # workers poll


def woken(message: bytes) -> list[str]:
    """The consumers that a message names."""
    return message.decode(errors="replace").split()
