"""The tasks that work one consumer: each waits for its turn, takes a round, and calls the next for more."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from hubbub.platform.outbox.batches import Outcome
from hubbub.platform.outbox.rounds import Rounds
from hubbub.platform.outbox.watchdog import Watchdog

# Whatever else is announced in the moment of a wake is found by the same round.
MOMENT_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 30.0
STALL_SECONDS = 60.0


class Runners:
    def __init__(
        self,
        rounds: Rounds,
        *,
        watchdog: Watchdog,
        is_stopping: asyncio.Event,
        on_error: Callable[[str, Exception], None],
    ) -> None:
        self._rounds = rounds
        self._consumer = rounds.batches.consumer
        self._watchdog = watchdog
        self._is_stopping = is_stopping
        self._on_error = on_error
        self._is_due = asyncio.Event()
        self._calls = 0
        self._turn = asyncio.Lock()
        self._began_at = 0.0
        self._has_more = False
        self._struck: set[int] = set()
        self._pauses: defaultdict[int, int] = defaultdict(int)
        self._paused_until: dict[int, float] = {}
        self.careful_until = 0.0
        self._numbers = count()
        rounds.on_outcome = self._note
        rounds.watched = self._watched
        rounds.batches.on_progress = lambda lane: self._promise(f"lane {lane}")

    @property
    def at_once(self) -> int:
        return self._consumer.lanes_at_once

    @property
    def is_called(self) -> bool:
        """Whether a look has been asked for and not been taken yet."""
        return self._is_due.is_set()

    def call(self) -> None:
        """There is something to do, or the end to be noticed."""
        self._calls += 1
        self._is_due.set()

    def find(self, lanes: Iterable[tuple[int, bool]]) -> int:
        """Lanes with something due, and whether each has strikes; how many of them can be worked now."""
        paused = self._paused()
        free = [(lane, has_strikes) for lane, has_strikes in lanes if lane not in paused]
        self._struck.update(lane for lane, has_strikes in free if has_strikes)
        if free:
            self.call()
        return len(free)

    async def run(self) -> None:
        while await self._has_turn():
            calls = self._calls
            try:
                await self._take_round()
            except Exception as error:
                self._has_more = False
                self._on_error(self._consumer.name, error)
                await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter
            # A wake that came meanwhile may be of a lane that this round had locked.
            if self._has_more or calls != self._calls:
                self._is_due.set()

    async def _has_turn(self) -> bool:
        """Wait until something is due and enough time has passed for more to gather; False at the end."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await self._is_due.wait()
            if not self._has_more and not self._is_stopping.is_set():
                rest = self._began_at + self._consumer.gather_seconds - loop.time()
                await asyncio.sleep(max(rest, MOMENT_SECONDS))
            if self._is_stopping.is_set():
                return False
            self._is_due.clear()
            self._began_at = loop.time()
            return True

    async def _take_round(self) -> None:
        is_careful = asyncio.get_running_loop().time() < self.careful_until
        struck, self._struck = self._struck, set()
        if struck and not is_careful:
            await self._rounds.work_alone(struck, is_careful=True)
        outcome = await self._rounds.take(without=self._paused(), is_careful=is_careful)
        self._has_more = outcome is Outcome.MORE

    def _note(self, lane: int, outcome: Outcome) -> None:
        self._keep(f"lane {lane}")
        if outcome is not Outcome.OUTAGE:
            self._pauses.pop(lane, None)
            return
        self._pauses[lane] += 1
        seconds = min(0.25 * 2 ** self._pauses[lane], LONGEST_PAUSE_SECONDS)
        now = asyncio.get_running_loop().time()
        self._paused_until[lane] = now + seconds * random.uniform(0.5, 1)  # noqa: S311 - jitter

    def _paused(self) -> set[int]:
        now = asyncio.get_running_loop().time()
        return {lane for lane, until in self._paused_until.items() if until > now}

    @contextmanager
    def _watched(self) -> Iterator[None]:
        part = f"round {next(self._numbers)}"
        self._promise(part)
        try:
            yield
        finally:
            self._keep(part)

    def _promise(self, part: str) -> None:
        within = STALL_SECONDS + 2 * self._consumer.seconds
        self._watchdog.promise(f"{self._consumer.name} {part}", within_seconds=within)

    def _keep(self, part: str) -> None:
        self._watchdog.keep(f"{self._consumer.name} {part}")
