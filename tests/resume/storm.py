"""A whole system, people who write, and devices that listen and lose their connections."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.events.samples import until
from tests.resume.crowd import Crowd, befriend, load_truth, open_group
from tests.resume.devices import Device, Tally
from tests.resume.histories import find_disagreements, find_faults
from tests.resume.house import House, open_house
from tests.support.world import World
from tests.valkey.server import eventually

PEOPLE = 10
FANS = 4
# How each person is connected.
DEVICES = ("socket", "events")
REST_SECONDS = 0.25
QUIET_SECONDS = 60.0
END_SECONDS = 1.0


@dataclass
class Storm:
    world: World
    house: House
    crowd: Crowd
    devices: list[Device]
    tally: Tally
    chance: random.Random
    begun_at: float
    """When everybody was connected, and has a log."""

    async def blow(self, trouble: Callable[[], Awaitable[None]], *, rounds: int, disconnects: int) -> int:
        """Make trouble until enough connections are lost, then let all hear the end; how many were lost."""
        before = self.tally.disconnects
        for device in self.devices:
            device.be_restless()
        self.crowd.is_over.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.crowd.run(each_rests=REST_SECONDS))
            while rounds > 0 or self.tally.disconnects - before < disconnects:
                await trouble()
                rounds -= 1
            self.crowd.is_over.set()
        await self._settle()
        return self.tally.disconnects - before

    async def _settle(self) -> None:
        async with asyncio.timeout(QUIET_SECONDS):
            await until(self._is_quiet, seconds=QUIET_SECONDS)
            for device in self.devices:
                device.be_calm()
            while not await self._have_all_heard_the_end():
                pass

    async def _is_quiet(self) -> bool:
        return not await self.world.value("SELECT count(*) FROM outbox")

    async def _have_all_heard_the_end(self) -> bool:
        """In good time: a log that was lost opens again before long, but not at once."""
        conversation_id, members = self.crowd.conversations[0]
        id_ = await self.crowd.say(members[0], conversation_id)
        the_end, until = f"message {conversation_id} {id_}", time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            if all(device.history.has(the_end) for device in self.devices):
                return True
            await asyncio.sleep(0.02)
        return False

    async def faults(self) -> list[str]:
        truth = await load_truth(self.world, since=self.begun_at)
        histories = [device.history for device in self.devices]
        found = find_disagreements(histories)
        for history in histories:
            found += find_faults(history, truth[history.account_id])
        return found

    @property
    def resets(self) -> int:
        return sum(device.history.count("reset") for device in self.devices)


@asynccontextmanager
async def open_storm(world: World, seed: int) -> AsyncIterator[Storm]:
    chance = random.Random(seed)
    people = [await world.person() for _ in range(PEOPLE)]
    fans = [await world.person() for _ in range(FANS)]
    await befriend(world, people, each_follows=4)
    groups = [people, people[:4], people[3:7], people[6:]]
    conversations = [await open_group(world, members) for members in groups]
    await world.settle()
    tally = Tally()
    async with open_house(world.services.settings, apis=4, workers=2) as house, httpx.AsyncClient() as http:
        devices = [
            Device(person, f"{person.handle} {kind}", house=house, tally=tally, seed=chance.getrandbits(32))
            for person in people
            for kind in DEVICES
        ]
        crowd = Crowd(people, fans, conversations, house, http, chance)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(device.run()) for device in devices]
            await eventually(lambda: all(device.history.last for device in devices), seconds=QUIET_SECONDS)
            yield Storm(world, house, crowd, devices, tally, chance, time.time())
            for task in running:
                task.cancel()
