"""Devices that lose their connection at random, at one process or another, and resume where they were."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.resume.histories import History
from tests.resume.house import House
from tests.resume.lines import Line, connect
from tests.support.world import Person

# What a refused client is told: come back later.
REFUSALS = (0, 429, 503)


@dataclass
class Tally:
    """How often connections ended, and how."""

    ends: Counter[str] = field(default_factory=Counter)
    refusals: Counter[int] = field(default_factory=Counter)
    resumed: int = 0

    @property
    def disconnects(self) -> int:
        return sum(self.ends.values())


class Device:
    def __init__(self, person: Person, name: str, *, house: House, tally: Tally, seed: int) -> None:
        self.history = History(name, person.id)
        self._token = person.token
        self._house = house
        self._tally = tally
        self._chance = random.Random(seed)
        self._is_event_stream = name.endswith("events")
        self._is_calm, self._is_restless = asyncio.Event(), asyncio.Event()
        self.be_restless()

    def be_calm(self) -> None:
        """Stay where you are, or, where that cannot be, come back and stay."""
        self._is_calm.set()
        self._is_restless.clear()

    def be_restless(self) -> None:
        self._is_calm.clear()
        self._is_restless.set()

    async def run(self) -> None:
        while True:
            line = await self._connect()
            await self._hold(line)

    async def _connect(self) -> Line:
        while True:
            line = Line(
                self._hear,
                token=self._token,
                resume_from=self.history.begin(),
                is_event_stream=self._is_event_stream,
            )
            if await connect(self._chance.choice(self._house.ports), line):
                self._tally.resumed += bool(self.history.asked)
                return line
            status = line.answered.result() if line.answered.done() else 0
            assert status in REFUSALS, f"{self.history.name} was refused with {status}"
            self._tally.refusals[status] += 1
            line.reset()
            await asyncio.sleep(self._chance.uniform(0.02, 0.2))

    async def _hold(self, line: Line) -> None:
        """Until one side has had enough."""
        way = self._chance.choice(("close", "reset", "stall"))
        try:
            patience = self._chance.choice((0.0, 0.1, 0.5, 2.0)) * self._chance.random()
            await _first_of(line.ended, self._is_calm, seconds=patience)
            if way == "stall" and not self._is_calm.is_set():
                line.stop_reading()
                await _first_of(line.ended, self._is_calm, seconds=self._chance.random())
            elif self._is_calm.is_set():
                await _first_of(line.ended, self._is_restless)
        finally:
            if line.ended.is_set():
                way = f"server {line.code}"
            elif way == "close":
                line.close()
            else:
                line.reset()
        self._tally.ends[way] += 1
        await line.ended.wait()

    def _hear(self, text: bytes) -> None:
        self.history.hear(text, time.time())


async def _first_of(*events: asyncio.Event, seconds: float | None = None) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
