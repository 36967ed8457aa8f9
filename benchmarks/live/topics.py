"""One change for many sockets: the counts of a post that all of them look at."""

import asyncio
from collections.abc import Sequence
from typing import Any

from benchmarks.calls import ask_with
from benchmarks.cpu_table import spread_of
from benchmarks.fanout import idle_of
from benchmarks.hubbub_target import HubbubTarget
from benchmarks.live.crowd import Member, NotOpen
from benchmarks.live.usage import Spent
from hubbub.bench import Client, Person

ARRIVE_SECONDS = 20.0
SUBSCRIBE_AT_ONCE = 200
SETTLE_SECONDS = 1.0


class _Counted:
    """How many frames of each of two types have come."""

    def __init__(self) -> None:
        self.subscribed = 0
        self.counts = 0

    def hear(self, member: Member, text: bytes) -> None:
        head = text[:64]
        if b'"type":"post.counts"' in head:
            self.counts += 1
        elif b'"type":"subscribed"' in head:
            self.subscribed += 1

    async def until(self, name: str, count: int) -> None:
        async with asyncio.timeout(ARRIVE_SECONDS):
            while getattr(self, name) < count:  # noqa: ASYNC110 - what hears has no time for an event
                await asyncio.sleep(0.002)


async def costs(
    ours: HubbubTarget, members: Sequence[Member], actors: Sequence[Person], *, post_id: int
) -> dict[str, Any]:
    """Microseconds of CPU for each frame, all processes, the like that causes them included."""
    counted = _Counted()
    crowd = members[0].crowd
    crowd.sink = counted.hear
    topic = b'"topics":["post:%d"]}' % post_id
    try:
        for start in range(0, len(members), SUBSCRIBE_AT_ONCE):
            some = members[start : start + SUBSCRIBE_AT_ONCE]
            for member in some:
                if member.socket is None:
                    raise NotOpen("a socket was lost before it had subscribed")
                member.socket.send(b'{"type":"subscribe",' + topic)
            await counted.until("subscribed", start + len(some))
        await asyncio.sleep(SETTLE_SECONDS)
        idle = await idle_of(ours)
        found = [await _one(ours, counted, len(members), actor, post_id, idle) for actor in actors]
    finally:
        crowd.sink = None
        for member in members:
            if member.socket is not None:
                member.socket.send(b'{"type":"unsubscribe",' + topic)
    return {
        "sockets": len(members),
        "frame_us": spread_of([sum(each.values()) for each in found]),
        "roles": {role: spread_of([each[role] for each in found])["median"] for role in found[0]},
    }


async def _one(
    ours: HubbubTarget, counted: _Counted, sockets: int, actor: Person, post_id: int, idle: float
) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    spent, before, started = Spent(ours.pids()), counted.counts, loop.time()
    async with Client(ours.base_url) as client:
        await ask_with(client, ours.request("like", actor, subject=post_id))
    await counted.until("counts", before + sockets)
    used, idled = spent.seconds(), idle * (loop.time() - started)
    share = max(0.0, 1 - idled / sum(used.values()))
    found = {role: 1e6 * value * share / sockets for role, value in used.items()}
    await ours.settle()
    return found
