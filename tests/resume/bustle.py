"""Devices and tellers around two hubs in this process, for faults that are planted in it."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from hubbub.platform.live import Entry, Frame, Hub, LiveLog, Member, Told
from hubbub.platform.valkey import Valkey, open_valkey
from tests.resume.histories import History, find_disagreements, find_faults
from tests.valkey.server import eventually

ACCOUNTS = (1, 2)
EVENTS = 120


@dataclass
class Outlet:
    """Writes to a history what the connection is sent."""

    history: History
    is_event_stream = False
    unsent_bytes = 0

    def send(self, frame: Frame) -> None:
        self.history.hear(frame.json, time.time())

    def close(self, code: int, reason: str = "") -> None: ...


async def keep_all(account_id: int, entries: Sequence[Entry]) -> Sequence[Entry]:
    return entries


@asynccontextmanager
async def open_hub(url: str) -> AsyncIterator[Hub]:
    valkey = await open_valkey(url, deadline_seconds=1)
    hub = Hub(valkey, LiveLog(valkey), judge=keep_all, on_presence=lambda account_id, is_here: None)
    hub.start()
    yield hub
    await hub.close()
    await valkey.close()


def told(account_id: int, number: int) -> Told:
    data = msgspec.json.encode({"post_id": str(number)})
    return Told(account_id, "feed", data, str(number))


@dataclass
class Bustle:
    valkey: Valkey
    hubs: Sequence[Hub]
    chance: random.Random
    histories: list[History] = field(default_factory=list)
    truth: dict[str, float] = field(default_factory=dict)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, trouble: Sequence[str]) -> list[str]:
        """What is wrong with what they heard. `trouble` is a command that is sent again and again."""
        log = LiveLog(self.valkey)
        self.histories = [History(f"{id_} {n}", id_) for id_ in ACCOUNTS for n in range(2)]
        async with asyncio.TaskGroup() as tasks:
            for history in self.histories:
                tasks.create_task(self._wander(history))
            await eventually(lambda: all(history.last for history in self.histories))
            hurting = tasks.create_task(self._hurt(trouble))
            await asyncio.gather(*(self._tell(log, account_id) for account_id in ACCOUNTS))
            hurting.cancel()
            await self._finish(log)
            self.is_over.set()
        faults = find_disagreements(self.histories)
        return faults + [fault for each in self.histories for fault in find_faults(each, self.truth)]

    async def _wander(self, history: History) -> None:
        while not self.is_over.is_set():
            hub, member = self.chance.choice(self.hubs), Member(history.account_id)
            after = history.begin().encode()
            opening = await hub.join(member, after=after)
            member.start(Outlet(history), opening, after)
            await asyncio.sleep(self.chance.choice((0.02, 0.3)) * self.chance.random())
            hub.leave(member)
            member.outlet = None

    async def _tell(self, log: LiveLog, account_id: int) -> None:
        """Each twice, as whoever dies between telling and forgetting it does."""
        for number in range(EVENTS):
            self.truth.setdefault(f"post {number}", time.time())
            for _ in range(2):
                await log.tell([told(account_id, number)])
            await asyncio.sleep(self.chance.uniform(0, 0.01))

    async def _hurt(self, trouble: Sequence[str]) -> None:
        while trouble:
            await asyncio.sleep(self.chance.uniform(0.05, 0.1))
            await self.valkey.command(*trouble)

    async def _finish(self, log: LiveLog) -> None:
        """Until all have heard something that was told after all else."""
        for number in range(EVENTS, EVENTS + 100):
            self.truth[f"post {number}"] = time.time()
            await log.tell([told(account_id, number) for account_id in ACCOUNTS])
            await asyncio.sleep(0.1)
            if all(history.has(f"post {number}") for history in self.histories):
                return
        raise AssertionError("the end was never heard")
