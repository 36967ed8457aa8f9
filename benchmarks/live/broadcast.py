"""What a frame costs: by the bare server, and by the whole way from a slice to the sockets."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.cpu_table import spread_of
from benchmarks.live.children import Child, python, running
from benchmarks.live.crowd import Crowd, Member, NotOpen
from benchmarks.live.probes import in_ms
from benchmarks.live.usage import Spent
from benchmarks.processes import Hubbub
from hubbub.bench import Histogram, Person, by_token

FRAME_BYTES = 300
ARRIVE_SECONDS = 20.0
STEADY_SETTLE_SECONDS = 0.5
AT = b'"at":'


async def compare(
    hubbub: Hubbub, teller: Child, crowd: Crowd, *, sockets: int, rounds: int, each: int
) -> dict[str, Any]:
    """In turn, microseconds of CPU for each frame: the same number of sockets, the same bytes."""
    told = [member.person.id for member in crowd.members[:sockets]]
    costs: dict[str, list[dict[str, float]]] = {"bare": [], "whole": []}
    async with AsyncExitStack() as stack:
        bare, port = await stack.enter_async_context(running(python("benchmarks.live.bare")))
        people = [Person(number) for number in range(sockets)]
        listeners = Crowd(people, lambda person, _: by_token(f"http://127.0.0.1:{port}", "none"))
        stack.push_async_callback(listeners.drop)
        await listeners.open()
        pids = {**hubbub.pids, "teller": teller.pid}
        for number in range(rounds):
            costs["bare"].append(await _bare(bare, listeners, each, number))
            costs["whole"].append(await _whole(pids, teller, crowd, told, each))
    bare_totals, whole_totals = ([sum(cost.values()) for cost in costs[kind]] for kind in ("bare", "whole"))
    return {
        "sockets": sockets,
        "frame_bytes": FRAME_BYTES,
        "bare_us": spread_of(bare_totals),
        "whole_us": spread_of(whole_totals),
        "whole_roles": _medians(costs["whole"]),
        "percent": spread_of(
            [100 * limit / whole for limit, whole in zip(bare_totals, whole_totals, strict=True)]
        ),
        "serve_percent": spread_of(
            [100 * limit / cost["serve"] for limit, cost in zip(bare_totals, costs["whole"], strict=True)]
        ),
    }


async def _bare(bare: Child, listeners: Crowd, each: int, number: int) -> dict[str, float]:
    spent, before = Spent({"bare": bare.pid}), listeners.frames
    for turn in range(each):
        reached = await bare.do({"bytes": FRAME_BYTES, "number": number * each + turn})
        if reached != len(listeners.members):
            raise NotOpen(f"{reached} of {len(listeners.members)} sockets of the bare server are open")
        await _arrived(listeners, before + (turn + 1) * reached)
    return {role: 1e6 * used / (listeners.frames - before) for role, used in spent.seconds().items()}


async def _whole(
    pids: Mapping[str, int], teller: Child, crowd: Crowd, told: Sequence[int], each: int
) -> dict[str, float]:
    spent, before = Spent(pids), crowd.frames
    for turn in range(each):
        kept = await teller.do({"accounts": told, "bytes": FRAME_BYTES})
        if kept != len(told):
            raise NotOpen(f"{kept} of {len(told)} accounts have an open log")
        await _arrived(crowd, before + (turn + 1) * len(told))
    return {role: 1e6 * used / (each * len(told)) for role, used in spent.seconds().items()}


async def _arrived(crowd: Crowd, frames: int) -> None:
    if not await crowd.until_heard(frames, seconds=ARRIVE_SECONDS):
        raise NotOpen(f"{frames - crowd.frames} frames did not arrive within {ARRIVE_SECONDS:.0f} s")


def _medians(costs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {role: spread_of([cost[role] for cost in costs])["median"] for role in costs[0]}


class Delays:
    """From being told to being heard, by the clock that the teller put into the frame."""

    def __init__(self, members: set[int] | None = None) -> None:
        self.found = Histogram()
        self._members = members

    def hear(self, member: Member, text: bytes) -> None:
        at = text.find(AT)
        if at < 0 or (self._members is not None and member.number not in self._members):
            return
        start = at + len(AT)
        told_ns = int(text[start : text.index(b",", start)])
        self.found.add((time.monotonic_ns() - told_ns) / 1e9)


async def steadily(
    hubbub: Hubbub, teller: Child, crowd: Crowd, *, per_second: float, seconds: float
) -> dict[str, Any]:
    """W5: so many events a second to one after the other of all who are connected."""
    delays = Delays()
    crowd.sink = delays.hear
    before = crowd.frames
    spent = Spent({**hubbub.pids, "teller": teller.pid})
    try:
        told = await teller.do(
            {
                "accounts": [member.person.id for member in crowd.members],
                "bytes": FRAME_BYTES,
                "per_second": per_second,
                "seconds": seconds,
            },
            seconds=seconds + ARRIVE_SECONDS,
        )
        await crowd.until_heard(before + told, seconds=5.0)
        used = spent.seconds()
        await asyncio.sleep(STEADY_SETTLE_SECONDS)
    finally:
        crowd.sink = None
    return {
        "per_second": round(told / seconds),
        "told": told,
        "heard": delays.found.count,
        "latency_ms": in_ms(delays.found),
        "cpu_us": {role: round(1e6 * value / told, 1) for role, value in used.items()},
    }
