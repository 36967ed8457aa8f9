"""Open loops: latency at a fixed rate, alone and beside what may disturb it, for the targets in turn."""

import asyncio
import statistics
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.calls import Calls
from benchmarks.stage import Stage
from benchmarks.targets import Target
from benchmarks.urgency import urgent
from hubbub.bench import (
    P99_SECONDS,
    Ground,
    Mix,
    Outcome,
    Pool,
    Workload,
    due_times,
    find_sustained,
    run_closed,
    run_open,
)
from hubbub.bench.workloads import LOGINS, POSTS

CONNECTIONS = 64
CLOSED_CONNECTIONS = 24
PERCENTS = (50, 99, 99.9)
WARM_UP_SECONDS = 30.0
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long and how often."""

    seconds: float = 3.0
    warm_up: float = 1.0
    rounds: int = 5
    levels: tuple[float, ...] = (0.3, 0.5, 0.7, 0.85)
    search_steps: int = 7


class Loads:
    """Runs workloads against the targets of a stage. The same load, from the same seeds, for each."""

    def __init__(self, stage: Stage, pace: Pace, step: Step) -> None:
        self._stage = stage
        self._pace = pace
        self._step = step
        self._mixes: dict[tuple[str, str], Mix] = {}
        self._warm: set[tuple[str, str]] = set()
        self._seed = stage.size.seed * 1_000

    async def open(
        self, target: Target, workload: Workload, rate: float, *, seconds: float = 0, seed: int = 0
    ) -> Outcome:
        """One run at a rate; the warm-up is on top of the seconds."""
        mix = await self._mix(target, workload)
        whole = self._pace.warm_up + (seconds or self._pace.seconds)
        times = due_times(rate, whole, seed=self._seed + seed)
        async with Pool(target.base_url, CONNECTIONS) as pool:
            with urgent():
                outcome = await run_open(
                    pool, mix.shots(times), seconds=whole, warm_up=self._pace.warm_up, learner=mix
                )
        outcome.name, outcome.rate = workload.name, rate
        return outcome

    async def closed(
        self, target: Target, workload: Workload, *, connections: int = CLOSED_CONNECTIONS, seconds: float = 0
    ) -> Outcome:
        mix = await self._mix(target, workload)
        whole = self._pace.warm_up + (seconds or self._pace.seconds)
        async with Pool(target.base_url, connections) as pool:
            outcome = await run_closed(pool, mix.shot, seconds=whole, warm_up=self._pace.warm_up, learner=mix)
        outcome.name = workload.name
        return outcome

    async def peak(self, target: Target, workload: Workload) -> float:
        """Requests per second of a closed loop: only to know which rates are worth trying."""
        await self._warm_up(target, workload)
        self._step(f"{workload.name} {target.name}: peak")
        return (await self.closed(target, workload, seconds=self._pace.seconds / 2)).per_second

    async def _warm_up(self, target: Target, workload: Workload) -> None:
        """Everybody reads once, then all do what they do for a while; what comes first is no steady state."""
        if (target.name, workload.name) in self._warm:
            return
        self._step(f"{workload.name} {target.name}: warming up")
        crowd = await self._stage.crowd(target)
        calls = Calls(target, "home", (target.request("home", person) for person in crowd))
        async with Pool(target.base_url, CLOSED_CONNECTIONS) as pool:
            await run_closed(pool, calls.shot, seconds=WARM_UP_SECONDS)
        await self.closed(target, workload, seconds=2 * self._pace.seconds)
        await target.settle()
        self._warm.add((target.name, workload.name))

    async def curve(self, workload: Workload) -> dict[str, Any]:
        """Latencies at shares of each target's own peak, and the rate that each sustains."""
        targets = self._stage.targets
        peaks = {target.name: await self.peak(target, workload) for target in targets}
        runs: dict[str, dict[float, list[Outcome]]] = {target.name: {} for target in targets}
        for number in range(self._pace.rounds):
            for level in self._pace.levels:
                for target in targets:
                    self._step(f"{workload.name} {target.name}: {level:.0%} of its peak, round {number + 1}")
                    rate = level * peaks[target.name]
                    outcome = await self._believable(target, workload, rate, seed=number)
                    runs[target.name].setdefault(level, []).append(outcome)
        return {
            "workload": described(workload),
            "targets": {
                target.name: {
                    "peak": round(peaks[target.name], 1),
                    "levels": [
                        {"share": level, **together(each)} for level, each in runs[target.name].items()
                    ],
                    "sustained": await self._sustained(target, workload, _promising(runs[target.name])),
                }
                for target in targets
            },
        }

    async def _believable(self, target: Target, workload: Workload, rate: float, *, seed: int) -> Outcome:
        """A void run is repeated once."""
        outcome = await self.open(target, workload, rate, seed=seed)
        return await self.open(target, workload, rate, seed=seed) if outcome.void else outcome

    async def _sustained(self, target: Target, workload: Workload, first: float) -> dict[str, Any]:
        self._step(f"{workload.name} {target.name}: searching the sustained rate")
        found = await find_sustained(
            lambda rate: self.open(target, workload, rate),
            first=max(first, 2.0),
            most_steps=self._pace.search_steps,
        )
        return {
            "rate": round(found.rate, 1),
            "p99_ms": round(found.best.percentile(99) * 1000, 1) if found.best else None,
            "steps": [
                {"rate": round(each.rate, 1), "void": each.void, "p99_ms": _p99(each)} for each in found.steps
            ],
        }

    async def celebrity(
        self, workload: Workload, targets: Sequence[Target], *, every: float
    ) -> dict[str, Any]:
        """W3: the mix at half load with ordinary posts, quiet and while somebody that many follow posts."""

        async def disturb(target: Target, seconds: float) -> Outcome:
            ids = [self._stage.summary.celebrity.id]
            famous = Ground(readers=await self._stage.people(target, "celebrity", ids), accounts=[], posts=[])
            mix = Mix(target, POSTS, famous, seed=self._seed)
            times = due_times(1 / every, seconds, seed=1, arrivals="constant")
            async with Pool(target.base_url, 1) as pool:
                return await run_open(pool, mix.shots(times), seconds=seconds)

        # More posts than the mix has, so that there is a 99th percentile of them.
        weights = {**workload.weights, "post": 5.0}
        busier = replace(workload, name="w3", title=f"{workload.title}, with more posts", weights=weights)
        return await self._beside(busier, targets, disturb, seconds=max(self._pace.seconds, 2.2 * every))

    async def logins(self, workload: Workload, targets: Sequence[Target]) -> dict[str, Any]:
        """W6: the mix at half load, alone and while as many log in as can."""

        async def disturb(target: Target, seconds: float) -> Outcome:
            mix = Mix(target, LOGINS, await self._stage.ground(target), seed=self._seed)
            async with Pool(target.base_url, 4) as pool:
                return await run_closed(pool, mix.shot, seconds=seconds)

        return await self._beside(workload, targets, disturb)

    async def _beside(
        self,
        workload: Workload,
        targets: Sequence[Target],
        disturb: Callable[[Target, float], Coroutine[Any, Any, Outcome]],
        *,
        seconds: float = 0,
    ) -> dict[str, Any]:
        seconds = seconds or self._pace.seconds
        told: dict[str, Any] = {"workload": described(workload), "targets": {}}
        peaks = {target.name: await self.peak(target, workload) for target in targets}
        quiet: dict[str, list[Outcome]] = {target.name: [] for target in targets}
        busy: dict[str, list[Outcome]] = {target.name: [] for target in targets}
        besides: dict[str, list[Outcome]] = {target.name: [] for target in targets}
        for number in range(max(1, self._pace.rounds // 2)):
            for target in targets:
                rate = peaks[target.name] / 2
                self._step(f"{workload.name} {target.name}: quiet and disturbed, round {number + 1}")
                quiet[target.name].append(
                    await self.open(target, workload, rate, seconds=seconds, seed=number)
                )
                both = await asyncio.gather(
                    self.open(target, workload, rate, seconds=seconds, seed=number),
                    disturb(target, self._pace.warm_up + seconds),
                )
                await target.settle()
                busy[target.name].append(both[0])
                besides[target.name].append(both[1])
        for target in targets:
            told["targets"][target.name] = {
                "rate": round(peaks[target.name] / 2, 1),
                "quiet": together(quiet[target.name]),
                "disturbed": together(busy[target.name]),
                "beside": together(besides[target.name], is_closed=True),
            }
        return told

    async def compare(self, first: Workload, second: Workload, targets: Sequence[Target]) -> dict[str, Any]:
        """W4: two workloads at the same rate, half of what the second takes at most."""
        told: dict[str, Any] = {"workload": described(first), "other": described(second), "targets": {}}
        for target in targets:
            rate = await self.peak(target, second) / 2
            runs: dict[str, list[Outcome]] = {first.name: [], second.name: []}
            for number in range(max(1, self._pace.rounds // 2)):
                for workload in (second, first):
                    self._step(f"{workload.name} {target.name}: round {number + 1}")
                    runs[workload.name].append(await self.open(target, workload, rate, seed=number))
                    await target.settle()
            told["targets"][target.name] = {
                "rate": round(rate, 1),
                first.name: together(runs[first.name]),
                second.name: together(runs[second.name]),
            }
        return told

    async def cold(
        self, workload: Workload, target: Target, empty: Callable[[], Coroutine[Any, Any, None]], seconds: int
    ) -> dict[str, Any]:
        """W7: the mix at half load; a third into it everything that is cached is thrown away."""
        rate = await self.peak(target, workload) / 2
        self._step(f"{workload.name} {target.name}: thrown away while it runs")
        at = seconds // 3

        async def throw_away() -> None:
            await asyncio.sleep(self._pace.warm_up + at)
            await empty()

        outcome, _ = await asyncio.gather(self.open(target, workload, rate, seconds=seconds), throw_away())
        first = int(self._pace.warm_up)
        line = [
            {"second": second - first - at, "p99_ms": _ms(each.percentile(99)), "count": each.count}
            for second, each in sorted(outcome.seconds_of.items())
        ]
        return {"rate": round(rate, 1), "line": line, "whole": together([outcome])}

    async def _mix(self, target: Target, workload: Workload) -> Mix:
        key = (target.name, workload.name)
        if key not in self._mixes:
            ground = await self._stage.ground(target)
            self._mixes[key] = Mix(target, workload, ground, seed=self._seed)
        return self._mixes[key]


def _promising(levels: Mapping[float, Sequence[Outcome]]) -> float:
    """The highest rate that was held most of the time, else half of the lowest that was tried."""
    held = [
        runs[0].rate
        for runs in levels.values()
        if 2 * sum(run.holds(P99_SECONDS) for run in runs) > len(runs)
    ]
    return max(held) if held else min(runs[0].rate for runs in levels.values()) / 2


def described(workload: Workload) -> dict[str, Any]:
    return {
        "name": workload.name,
        "title": workload.title,
        "weights": dict(workload.weights),
        "left_out": dict(workload.left_out),
    }


def together(runs: Sequence[Outcome], *, is_closed: bool = False) -> dict[str, Any]:
    """Medians over the runs that may be believed, with the spread of the p99; how many may not."""
    # In a closed loop nothing is due, and what it is for is not a latency.
    good = [run for run in runs if not run.void or is_closed]
    told: dict[str, Any] = {
        "runs": len(runs),
        "void": [run.void for run in runs if run.void and not is_closed],
        "late": sum(run.late for run in runs),
        "dropped": sum(run.dropped for run in runs),
        "failed": sum(run.failed for run in runs),
        "example": next((run.example for run in runs if run.example), ""),
    }
    if not good:
        return told
    told["per_second"] = round(statistics.median(run.per_second for run in good), 1)
    told["generator_share"] = round(max(run.cpu_share for run in good), 3)
    told["latency_ms"] = {name: _latencies(good, operations) for name, operations in _groups(good).items()}
    return told


def _groups(runs: Sequence[Outcome]) -> dict[str, tuple[str, ...]]:
    operations = list(dict.fromkeys(name for run in runs for name in run.latencies))
    return {"all": tuple(operations), **{name: (name,) for name in operations}}


def _latencies(runs: Sequence[Outcome], operations: tuple[str, ...]) -> dict[str, Any]:
    histograms = [run.of(*operations) for run in runs]
    histograms = [each for each in histograms if each.count]
    found: dict[str, Any] = {"count": sum(each.count for each in histograms)}
    for percent in PERCENTS:
        values = [each.percentile(percent) for each in histograms]
        found[f"p{percent:g}"] = _ms(statistics.median(values))
        if percent == 99:
            found["p99_low"], found["p99_high"] = _ms(min(values)), _ms(max(values))
    return found


def _p99(outcome: Outcome) -> float | None:
    return None if outcome.void else _ms(outcome.percentile(99))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
