"""Wakes workers at once, through a channel. Losing a message costs a worker's polling interval, no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

CHANNEL = "hubbub:wake"


class Waker:
    """Called after each commit of events; publishes once for all the calls of a moment."""

    def __init__(self, publish: Callable[[str, bytes], Awaitable[Any]]) -> None:
        self._publish = publish
        self._task: asyncio.Task[None] | None = None
        self._is_called_again = False

    def __call__(self) -> None:
        self._is_called_again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._is_called_again:
            self._is_called_again = False
            try:
                await self._publish(CHANNEL, b"")
            except Exception:
                return  # workers poll
