"""Make notifications without the requests that would cause them: what is left is what delivering costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from benchmarks.live.broadcast import FRAME_BYTES
from benchmarks.live.children import Child, running
from benchmarks.live.probes import Pair
from benchmarks.tutorial import Packages, TutorialTarget, notifier_command

TICK_SECONDS = 0.005
PATIENCE_SECONDS = 20.0


class Notifier(Protocol):
    role: str
    pid: int

    async def prepare(self, pairs: Sequence[Pair]) -> None:
        """What has to be there before; not measured."""
        ...

    async def make(self, pairs: Sequence[Pair], *, per_second: float) -> None:
        """The actors have liked the posts: what follows from it."""
        ...

    async def tell(self, account_ids: Sequence[int]) -> None:
        """A frame of FRAME_BYTES to each; nothing else."""
        ...


class OurNotifier:
    """Announces the likes, as the API process does; the worker does the rest."""

    role = "teller"

    def __init__(self, teller: Child) -> None:
        self._teller = teller
        self.pid = teller.pid

    async def prepare(self, pairs: Sequence[Pair]) -> None:
        await self._teller.do({"like": _numbers(pairs)})

    async def make(self, pairs: Sequence[Pair], *, per_second: float) -> None:
        await self._teller.do(
            {"like": _numbers(pairs), "per_second": per_second},
            seconds=PATIENCE_SECONDS + len(pairs) / per_second,
        )

    async def tell(self, account_ids: Sequence[int]) -> None:
        await self._teller.do({"accounts": list(account_ids), "bytes": FRAME_BYTES})


class TheirNotifier:
    """Inserts the row and publishes, by the app's own functions."""

    role = "notifier"

    def __init__(self, child: Child) -> None:
        self._child = child
        self.pid = child.pid

    async def prepare(self, pairs: Sequence[Pair]) -> None:
        pass

    async def make(self, pairs: Sequence[Pair], *, per_second: float) -> None:
        made = [[str(pair.author_id), str(pair.actor.id), str(pair.post_id)] for pair in pairs]
        done, started = 0, time.perf_counter()
        while done < len(made):
            due = min(int((time.perf_counter() - started) * per_second) + 1, len(made))
            if due > done:
                await self._child.do(made[done:due])
                done = due
            await asyncio.sleep(TICK_SECONDS)

    async def tell(self, account_ids: Sequence[int]) -> None:
        await self._child.do([str(account_id) for account_id in account_ids])


@asynccontextmanager
async def their_notifier(packages: Packages, target: TutorialTarget) -> AsyncIterator[TheirNotifier]:
    command, environment = notifier_command(packages, target, frame_bytes=FRAME_BYTES)
    async with running(command, environment=environment) as (child, _):
        yield TheirNotifier(child)


def _numbers(pairs: Sequence[Pair]) -> list[list[int]]:
    return [[pair.author_id, pair.actor.id, pair.post_id] for pair in pairs]
