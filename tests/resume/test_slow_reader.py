"""A client that stops reading is cut, costs the process next to nothing, and takes nothing from others."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hubbub.platform.live import LiveLog, Told
from tests.resume.house import open_house
from tests.resume.lines import Line, connect
from tests.support.world import Person, World
from tests.valkey.server import eventually

pytestmark = pytest.mark.timeout(120)
EVENTS = 10_000
AT_ONCE = 250
MOST_GROWTH = 8 * 1024 * 1024
PADDING = "x" * 200


async def open_line(port: int, person: Person, hear: Callable[[bytes], None]) -> Line:
    line = Line(hear, token=person.token, resume_from="", is_event_stream=False)
    assert await connect(port, line)
    return line


def resident_bytes(pid: int) -> int:
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) * 1024


async def test_who_stops_reading_is_cut_and_others_are_told_all(world: World) -> None:
    person, log = await world.person(), world.services.part(LiveLog)
    heard: list[int] = []
    unread: list[bytes] = []

    def hear(text: bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "counted":
            heard.append(frame["data"]["number"])

    async def tell(start: int) -> None:
        numbers = range(start, start + AT_ONCE)
        await log.tell(
            [
                Told(person.id, "counted", json.dumps({"number": n, "padding": PADDING}).encode(), str(n))
                for n in numbers
            ]
        )
        await eventually(lambda: len(heard) == start + AT_ONCE, seconds=30)

    async with open_house(world.services.settings, apis=1, workers=0) as house:
        port, pid = house.ports[0], house.apis[0].running.process.pid
        await open_line(port, person, hear)
        slow = await open_line(port, person, unread.append)
        await tell(0)
        before, most = resident_bytes(pid), 0
        slow.stop_reading()
        for start in range(AT_ONCE, EVENTS, AT_ONCE):
            await tell(start)
            most = max(most, resident_bytes(pid))
        assert heard == list(range(EVENTS))
        assert most - before <= MOST_GROWTH

        slow.read_on()
        await asyncio.wait_for(slow.ended.wait(), 10)
        assert slow.code in (4008, 0)  # which it may have been too slow to read
        assert 1 < len(unread) < EVENTS
