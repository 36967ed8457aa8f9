"""Clients that lose their connection again and again, and remember all that they were told."""

import asyncio
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.stream.support import bearer
from tests.support.world import Person


@dataclass
class Wanderer:
    """Of one person, at one process or another."""

    person: Person
    ports: list[int]
    rng: random.Random
    last: str = ""
    ids: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    reset_at: list[float] = field(default_factory=list)
    breaks: int = 0
    wrong: list[str] = field(default_factory=list)

    async def run(self, is_over: asyncio.Event) -> None:
        while not is_over.is_set():
            await self.stay(self.rng.uniform(0.02, 0.5))
            await asyncio.sleep(self.rng.uniform(0, 0.05))

    async def stay(self, seconds: float) -> None:
        """For so long, or until the connection breaks."""
        url = f"ws://127.0.0.1:{self.rng.choice(self.ports)}/v1/stream"
        url += f"?resume_from={self.last}" if self.last else ""
        try:
            async with asyncio.timeout(10):
                socket = await connect(url, additional_headers=bearer(self.person), proxy=None)
        except (OSError, InvalidHandshake, TimeoutError):
            await asyncio.sleep(0.1)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._listen(socket)
        except (TimeoutError, ConnectionClosed):
            pass
        self.breaks += 1
        if self.rng.random() < 0.5:
            socket.transport.abort()
        await socket.close()

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            frame = json.loads(await socket.recv())
            if frame["type"] == "feed":
                self._take(frame)
            elif frame["type"] == "reset":
                self.reset_at.append(time.time())
                self.last = frame["id"]
            elif frame["type"] == "ready" and not self.last:
                self.last = frame["id"]

    def _take(self, frame: dict[str, object]) -> None:
        id_ = str(frame["id"])
        if self.last and _place(id_) <= _place(self.last):
            self.wrong.append(f"{id_} after {self.last}")
        self.last = id_
        self.ids.append(id_)
        data = frame["data"]
        assert isinstance(data, dict)
        self.seen.append(int(data["post_id"]))

    def unexplained(self, written_at: Mapping[int, float]) -> list[int]:
        """Posts that never came, and of which no reset since says so."""
        seen = set(self.seen)
        last_reset = max(self.reset_at, default=0.0)
        return [post_id for post_id, at in written_at.items() if post_id not in seen and at > last_reset]


def _place(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)
