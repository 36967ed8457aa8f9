"""What a notification costs until it is on its socket, and how soon it is there, beside the baseline."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.cpu_table import spread_of
from benchmarks.fanout import idle_of
from benchmarks.live.crowd import Crowd, NotOpen
from benchmarks.live.notifiers import Notifier
from benchmarks.live.probes import Pair, Probes, Seen
from benchmarks.live.usage import Spent
from benchmarks.targets import Target

ARRIVE_SECONDS = 10.0
MOST_MISSING = 0.02
LEAST_FRAMES = 0.5
"""Of the notifications made: those of one group that are handled at the same moment come as one frame."""
QUIET_SECONDS = 0.3

Costs = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    authors: int = 300
    likes_per_second: float = 100.0
    seconds: float = 3.0
    made: int = 1_500
    made_per_second: float = 500.0
    tellings: int = 10
    rounds: int = 4


@dataclass(slots=True, kw_only=True)
class Side:
    """One of the two, with a socket of each author open."""

    target: Target
    crowd: Crowd
    pairs: Iterator[Pair]
    notifier: Notifier
    socket_bytes: dict[str, int]
    """That each of its sockets added, by process; of Hubbub's see `idle`."""
    likes: list[Costs] = field(default_factory=list)
    """CPU µs by process for each like until its frame is there."""
    deliveries: list[Costs] = field(default_factory=list)
    """For each notification of something that has happened already."""
    frames: list[Costs] = field(default_factory=list)
    """For each of many frames that are told at once, one to each socket, and stored nowhere else."""
    seen: Seen = field(default_factory=Seen)
    made_frames: list[float] = field(default_factory=list)
    """For each notification made."""

    async def round(self, sizes: Sizes, number: int) -> None:
        """The first warms up, and does not count."""
        likes, seen = await self._like(sizes, number)
        deliveries = await self._deliver(sizes)
        frames = await self._tell(sizes)
        if number:
            self.frames.append(frames)
            self.likes.append(likes)
            self.deliveries.append(deliveries)
            self.seen.add(seen)

    async def _like(self, sizes: Sizes, number: int) -> tuple[Costs, Seen]:
        target = self.target
        probes = Probes(target.base_url, self.crowd, self.pairs, frame_type="notification")
        idle, started = await idle_of(target), time.perf_counter()
        spent = Spent(target.pids())
        seen = await probes.run(
            lambda pair: target.request("like", pair.actor, subject=pair.post_id),
            rate=sizes.likes_per_second,
            seconds=sizes.seconds,
            seed=number,
        )
        await target.settle()
        if seen.refused or not seen.since_sent.count or seen.missing > MOST_MISSING * seen.sent:
            raise NotOpen(f"{seen.missing} of {seen.sent} likes brought no frame {seen.refused}".rstrip())
        seconds = time.perf_counter() - started
        return _each(spent.seconds(), idle * seconds, seen.since_sent.count), seen

    async def _deliver(self, sizes: Sizes) -> Costs:
        target, crowd = self.target, self.crowd
        pairs = list(islice(self.pairs, sizes.made))
        await self.notifier.prepare(pairs)
        idle, before, started = await idle_of(target), crowd.frames, time.perf_counter()
        spent = Spent({**target.pids(), self.notifier.role: self.notifier.pid})
        await self.notifier.make(pairs, per_second=sizes.made_per_second)
        await target.settle()
        wanted = before + int(LEAST_FRAMES * len(pairs))
        if not await crowd.until_heard(wanted, seconds=ARRIVE_SECONDS):
            raise NotOpen(f"{crowd.frames - before} frames for {len(pairs)} notifications")
        while await crowd.until_heard(crowd.frames + 1, seconds=QUIET_SECONDS):
            pass
        self.made_frames.append((crowd.frames - before) / len(pairs))
        return _each(spent.seconds(), idle * (time.perf_counter() - started), len(pairs))

    async def _tell(self, sizes: Sizes) -> Costs:
        crowd = self.crowd
        told = [member.person.id for member in crowd.members]
        spent = Spent({**self.target.pids(), self.notifier.role: self.notifier.pid})
        for _ in range(sizes.tellings):
            before = crowd.frames
            await self.notifier.tell(told)
            if not await crowd.until_heard(before + len(told), seconds=ARRIVE_SECONDS):
                raise NotOpen(f"{crowd.frames - before} of {len(told)} frames came")
        return _each(spent.seconds(), 0.0, sizes.tellings * len(told))

    def as_json(self) -> dict[str, Any]:
        return {
            "frame_us": spread_of([sum(cost.values()) for cost in self.frames]),
            "frame_roles": _medians(self.frames),
            "socket_bytes": self.socket_bytes,
            "like_us": spread_of([sum(cost.values()) for cost in self.likes]),
            "like_roles": _medians(self.likes),
            "seen": self.seen.as_json(),
            "delivery_us": spread_of([sum(cost.values()) for cost in self.deliveries]),
            "delivery_roles": _medians(self.deliveries),
            "delivery_frames": spread_of(self.made_frames)["median"],
            "lost": dict(self.crowd.ends),
        }


async def compare(sides: Sequence[Side], sizes: Sizes, step: Callable[[str], None]) -> dict[str, Any]:
    """In turn, first Hubbub; ratios are made within a round."""
    for number in range(sizes.rounds + 1):
        for side in sides:
            step("warming up" if not number else f"round {number} of {sizes.rounds}: {side.target.name}")
            await side.round(sizes, number)
            await asyncio.sleep(0)
    told: dict[str, Any] = {
        "sockets": len(sides[0].crowd.members),
        "targets": {side.target.name: side.as_json() for side in sides},
    }
    if len(sides) == 2:
        ours, theirs = sides
        told["like_ratio"] = _ratio(ours.likes, theirs.likes)
        told["frame_ratio"] = _ratio(ours.frames, theirs.frames)
        told["delivery_ratio"] = _ratio(ours.deliveries, theirs.deliveries)
    return told


def _each(used: Costs, idle_seconds: float, count: int) -> Costs:
    """What idling would have taken is taken off in proportion."""
    total = sum(used.values())
    share = max(0.0, 1 - idle_seconds / total) if total else 0.0
    return {role: round(1e6 * value * share / count, 2) for role, value in used.items()}


def _ratio(ours: Sequence[Costs], theirs: Sequence[Costs]) -> dict[str, float]:
    return spread_of(
        [sum(their.values()) / sum(own.values()) for own, their in zip(ours, theirs, strict=True)]
    )


def _medians(costs: Sequence[Costs]) -> Costs:
    return {role: round(spread_of([cost[role] for cost in costs])["median"], 1) for role in costs[0]}
