"""The whole system as it runs: API processes and workers that a test may kill, and engines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from hubbub.platform.engines.ports import claim_port
from hubbub.settings import Settings
from tests.events.processes import Running, start

READY_SECONDS = 30.0


@dataclass
class Api:
    port: int
    running: Running


@dataclass
class House:
    settings: Settings
    apis: list[Api] = field(default_factory=list)
    workers: list[Running] = field(default_factory=list)
    dead: list[Running] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        return [api.port for api in self.apis]

    async def open(self, *, apis: int, workers: int) -> None:
        await asyncio.gather(
            *(self._add_api() for _ in range(apis)), *(self._add_worker() for _ in range(workers))
        )

    async def kill_api(self, number: int) -> None:
        """Another takes its place."""
        dead = self.apis.pop(number)
        self.dead.append(dead.running)
        await dead.running.kill()
        await self._add_api()

    async def kill_worker(self, number: int) -> None:
        dead = self.workers.pop(number)
        self.dead.append(dead)
        await dead.kill()
        await self._add_worker()

    async def close(self) -> None:
        for running in (*self.workers, *(api.running for api in self.apis)):
            await running.kill()

    def complaints(self) -> list[str]:
        """Whatever any process was surprised by."""
        logs = [each.log for each in (*self.dead, *self.workers, *(api.running for api in self.apis))]
        return [text for log in logs if "Traceback" in (text := log.read_text())]

    async def _add_worker(self) -> None:
        self.workers.append(await start("work", self.settings))

    async def _add_api(self) -> None:
        port = claim_port(0, setting="HUBBUB_PORT")
        running = await start("serve", self.settings, port=port)
        async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient() as http:
            while not await _is_ready(http, port):
                assert running.process.returncode is None, running.log.read_text()
                await asyncio.sleep(0.05)
        self.apis.append(Api(port, running))


@asynccontextmanager
async def open_house(settings: Settings, *, apis: int, workers: int) -> AsyncIterator[House]:
    house = House(settings)
    try:
        await house.open(apis=apis, workers=workers)
        yield house
    finally:
        await house.close()


async def _is_ready(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/health/ready")).is_success
    except httpx.TransportError:
        return False
