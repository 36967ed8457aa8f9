"""What an open socket costs while nothing happens."""

import asyncio
from typing import Any

from benchmarks.live.crowd import Crowd
from benchmarks.live.usage import Spent, resident_bytes
from benchmarks.processes import Hubbub

SETTLE_SECONDS = 2.0
SAMPLES = 5


async def cpu_per_second(hubbub: Hubbub, seconds: float) -> dict[str, float]:
    """Of each process."""
    spent = Spent(hubbub.pids)
    await asyncio.sleep(seconds)
    return {role: used / seconds for role, used in spent.seconds().items()}


async def costs(hubbub: Hubbub, crowd: Crowd, *, seconds: float) -> dict[str, Any]:
    """Opens the crowd in two halves: what the second one adds is what its sockets cost."""
    half = len(crowd.members) // 2
    alone = await cpu_per_second(hubbub, seconds / 2)
    opened = [await crowd.open(crowd.members[:half])]
    first = await _memory(hubbub)
    opened.append(await crowd.open())
    second = await _memory(hubbub)
    held = await cpu_per_second(hubbub, seconds)
    sockets = len(crowd.members)
    return {
        "sockets": sockets,
        "open_seconds": round(sum(each.seconds for each in opened), 2),
        "failures": dict(sum((each.failures for each in opened), start=opened[0].failures.__class__())),
        "bytes": {
            role: round((second[role] - first[role]) / (sockets - half)) for role in ("serve", "valkey")
        },
        "serve_bytes": {"half": first["serve"], "all": second["serve"]},
        "cpu_us_per_second": {
            role: round(1e6 * (held[role] - alone[role]) / sockets, 2) for role in ("serve", "valkey")
        },
        "cpu_seconds": seconds,
        "lost": dict(crowd.ends),
    }


async def _memory(hubbub: Hubbub) -> dict[str, int]:
    """Once it stands still; the least of some looks, as other work comes and goes."""
    await asyncio.sleep(SETTLE_SECONDS)
    pids = hubbub.pids
    found: dict[str, list[int]] = {role: [] for role in pids}
    for _ in range(SAMPLES):
        for role, pid in pids.items():
            found[role].append(resident_bytes(pid))
        await asyncio.sleep(SETTLE_SECONDS / SAMPLES)
    return {role: min(sizes) for role, sizes in found.items()}
