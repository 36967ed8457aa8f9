"""Whether those who read are delayed by those who do not."""

import asyncio
from typing import Any

from benchmarks.live.broadcast import ARRIVE_SECONDS, Delays
from benchmarks.live.children import Child
from benchmarks.live.crowd import Crowd
from benchmarks.live.probes import in_ms
from benchmarks.live.usage import resident_bytes
from benchmarks.processes import Hubbub

READERS = 200
SLOW = 8
LARGE_FRAME = 8_000
LARGE_PER_SECOND = 400.0
"""To all slow ones together, so that each is sent 400 KB a second."""
SMALL_PER_SECOND = 400.0
END_SECONDS = 1.0


async def compare(
    hubbub: Hubbub, tellers: tuple[Child, Child], crowd: Crowd, *, seconds: float, rounds: int
) -> dict[str, Any]:
    """In turn: readers alone, and beside as many bytes for some who have stopped reading."""
    slow, readers = crowd.members[:SLOW], crowd.members[SLOW : SLOW + READERS]
    numbers = {member.number for member in readers}
    quiet, beside = Delays(numbers), Delays(numbers)
    growth: list[int] = []
    ends_before = dict(crowd.ends)
    for _ in range(rounds):
        await _tell_readers(tellers[0], crowd, readers, quiet, seconds)
        for member in slow:
            if member.socket is not None:
                member.socket.pause_reading()
        before = resident_bytes(hubbub.pids["serve"])
        flood = asyncio.ensure_future(
            tellers[1].do(
                {
                    "accounts": [member.person.id for member in slow],
                    "bytes": LARGE_FRAME,
                    "per_second": LARGE_PER_SECOND,
                    "seconds": seconds,
                },
                seconds=seconds + ARRIVE_SECONDS,
            )
        )
        most = asyncio.ensure_future(_most_memory(hubbub.pids["serve"], seconds))
        try:
            await _tell_readers(tellers[0], crowd, readers, beside, seconds)
            await flood
            growth.append(await most - before)
        finally:
            flood.cancel()
            most.cancel()
        for member in slow:
            if member.socket is not None:
                member.socket.resume_reading()
        await asyncio.sleep(END_SECONDS)
        await crowd.open(slow)
    ends = {why: count - ends_before.get(why, 0) for why, count in crowd.ends.items()}
    return {
        "readers": len(readers),
        "slow": len(slow),
        "quiet_ms": in_ms(quiet.found),
        "beside_ms": in_ms(beside.found),
        "p99_ratio": round(beside.found.percentile(99) / max(quiet.found.percentile(99), 1e-6), 2),
        "growth_bytes": max(growth),
        "ends": {why: count for why, count in ends.items() if count},
    }


async def _tell_readers(teller: Child, crowd: Crowd, readers: Any, delays: Delays, seconds: float) -> None:
    crowd.sink = delays.hear
    try:
        await teller.do(
            {
                "accounts": [member.person.id for member in readers],
                "bytes": 300,
                "per_second": SMALL_PER_SECOND,
                "seconds": seconds,
            },
            seconds=seconds + ARRIVE_SECONDS,
        )
        await asyncio.sleep(0.3)
    finally:
        crowd.sink = None


async def _most_memory(pid: int, seconds: float) -> int:
    most = 0
    for _ in range(int(seconds / 0.1)):
        most = max(most, resident_bytes(pid))
        await asyncio.sleep(0.1)
    return most
