"""Answers to frames that take a while: one at a time for a stream, a few at once in the process."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from hubbub.errors import Unavailable
from hubbub.stream.server_frames import refusal
from hubbub.stream.streams import Stream

log = logging.getLogger(__name__)

MOST_RUNNING = 32
MOST_WAITING = 8
Work: TypeAlias = Callable[[], Awaitable[None]]


class Works:
    def __init__(self) -> None:
        self._ready: deque[Stream] = deque()
        self._running: set[asyncio.Task[None]] = set()

    def submit(self, stream: Stream, work: Work) -> bool:
        """In the order of the stream's frames. False when too many wait already."""
        if stream.backlog is not None:
            if len(stream.backlog) >= MOST_WAITING:
                return False
            stream.backlog.append(work)
            return True
        stream.backlog = [work]
        self._ready.append(stream)
        if len(self._running) < MOST_RUNNING:
            task = asyncio.get_running_loop().create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return True

    async def _run(self) -> None:
        while self._ready:
            stream = self._ready.popleft()
            backlog = stream.backlog or []
            if backlog and not stream.is_closed:
                await _do(stream, backlog.pop(0))
            if backlog and not stream.is_closed:
                self._ready.append(stream)
            else:
                stream.backlog = None


async def _do(stream: Stream, work: Work) -> None:
    try:
        await work()
    except Unavailable as error:
        log.info("a frame was not answered: %s", error)
        stream.send(refusal("unavailable"))
    except Exception:
        log.exception("answering a frame failed")
        stream.send(refusal("internal"))
