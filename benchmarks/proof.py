"""Everything that docs/benchmarks/ claims, measured anew: Hubbub and the baseline in turn, on one machine.

    python -m benchmarks.proof [--quick] [--accounts 60000] [--only w1] [--json] [--no-baseline]

It starts what it needs (embedded engines, real processes, free ports) and deletes it afterwards. Results go
to docs/benchmarks/; those of a quick or partial run to .data/benchmarks/, unless --output says otherwise.
"""

import argparse
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis.asyncio
import uvloop

from benchmarks import cpu_table, fanout, growth, memory
from benchmarks.live.part import QUICK as QUICK_LIVE
from benchmarks.live.part import STEPS, LiveSizes
from benchmarks.live.part import measure as measure_live
from benchmarks.loads import Loads, Pace
from benchmarks.plots import draw_plots
from benchmarks.report import machine
from benchmarks.results import write_page
from benchmarks.stage import Size, Stage, open_stage
from benchmarks.urgency import is_allowed
from hubbub.bench.workloads import HOT_POST, MIX, NO_HOT_POST, READS

GENERATOR = {
    True: "on the same machine, in a thread that nothing else delays",
    False: "on the same machine, as urgent as everything else (root could do better)",
}
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of it. The quick one is to see that everything works, and its figures are not for telling."""

    size: Size
    pace: Pace
    rounds: int
    seconds: float
    """Of load for each operation in each round of the CPU table."""
    sizes: tuple[int, ...]
    """Of the further systems, to see what grows with the number of accounts."""
    posts: int
    """By each author whose followers are counted."""
    cold_seconds: int
    live: LiveSizes


FULL = Plan(
    size=Size(),
    pace=Pace(),
    rounds=5,
    seconds=0.5,
    sizes=(1_000, 10_000),
    posts=5,
    cold_seconds=30,
    live=LiveSizes(),
)
QUICK = Plan(
    size=Size(accounts=1_500, mix_readers=100, readers_each=4),
    pace=Pace(seconds=1.5, warm_up=0.5, rounds=1, levels=(0.3, 0.7), search_steps=3),
    rounds=2,
    seconds=0.15,
    sizes=(500,),
    posts=2,
    cold_seconds=6,
    live=QUICK_LIVE,
)
PARTS = ("memory", "operations", "w1", "w2", "w3", "w4", "w6", "w7", "growth", "fanout", "live", "accounts")


class Progress:
    """A bar over all parts with what is being done now; plain lines where nobody watches."""

    def __init__(self, parts: int) -> None:
        self._is_watched = sys.stderr.isatty()
        self._parts = parts
        self._done = -1
        self._part = ""
        self._started = time.monotonic()
        self._last = ("", -1)

    def part(self, name: str) -> None:
        self._done += 1
        self._part = name
        self.step("")

    def step(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        if not self._is_watched:
            told = f"{self._part}: {text}" if text else self._part
            print(f"bench: {seconds:4.0f} s  {told}", file=sys.stderr, flush=True)
            return
        filled = 24 * self._done // max(self._parts, 1)
        line = f"{'█' * filled:24} {seconds:4.0f} s  {self._part}  {text}"
        print(f"\r\x1b[2K{line[:118]}", end="", file=sys.stderr, flush=True)

    def load(self, step: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if (step, tenth) != self._last:
            self._last = (step, tenth)
            if self._is_watched or tenth in (0, 10):
                self.step(f"{step}: {done:,} of {total:,}")

    def end(self) -> None:
        if self._is_watched:
            print(file=sys.stderr)


class Proof:
    def __init__(self, stage: Stage, plan: Plan, progress: Progress) -> None:
        self._stage = stage
        self._plan = plan
        self._progress = progress
        self._loads = Loads(stage, plan.pace, progress.step)

    async def part(self, name: str) -> Any:
        parts: dict[str, Callable[[], Awaitable[Any]]] = {
            "memory": self._memory,
            "operations": self._operations,
            "w1": lambda: self._loads.curve(MIX),
            "w2": lambda: self._loads.curve(READS),
            "w3": self._celebrity,
            "w4": self._hot,
            "w6": lambda: self._loads.logins(READS, self._stage.targets),
            "w7": self._cold,
            "growth": self._growth,
            "fanout": self._fanout,
            "live": self._live,
            "accounts": self._accounts,
        }
        return await parts[name]()

    def _writing_targets(self) -> list[Any]:
        """Hubbub, and the baseline that does at a write what others do at each read."""
        return [self._stage.targets[0], *([self._stage.pushing] if self._stage.pushing else [])]

    async def _memory(self) -> dict[str, Any]:
        return {**await memory.rows(self._stage), **await memory.valkey(self._stage)}

    async def _operations(self) -> list[dict[str, Any]]:
        table = cpu_table.CpuTable(self._stage, seconds=self._plan.seconds)
        asked = cpu_table.operations(self._stage)
        for number in range(self._plan.rounds + 1):
            self._progress.step("warming up" if not number else f"round {number} of {self._plan.rounds}")
            for operation in asked:
                await table.round(operation, is_warm_up=not number)
        return [cpu_table.summarise(operation, table, self._stage) for operation in asked]

    async def _celebrity(self) -> dict[str, Any]:
        every = min(5.0, 2 * self._plan.pace.seconds)
        return await self._loads.celebrity(READS, self._writing_targets(), every=every)

    async def _hot(self) -> dict[str, Any]:
        return await self._loads.compare(HOT_POST, NO_HOT_POST, self._writing_targets())

    async def _cold(self) -> dict[str, Any]:
        async def empty() -> None:
            client = redis.asyncio.Redis.from_url(self._stage.hubbub.urls.valkey_url)
            try:
                await client.flushall()
            finally:
                await client.aclose()

        seconds = self._plan.cold_seconds
        return {
            "targets": {
                target.name: await self._loads.cold(READS, target, empty, seconds)
                for target in self._stage.targets
            }
        }

    async def _growth(self) -> dict[str, Any]:
        return await growth.by_follows(
            self._stage, rounds=self._plan.rounds, seconds=self._plan.seconds, step=self._progress.step
        )

    async def _fanout(self) -> dict[str, Any]:
        found = await fanout.by_followers(
            self._stage, self._writing_targets(), posts=self._plan.posts, step=self._progress.step
        )
        hubbub = self._stage.hubbub
        return {**found, "raw": await fanout.raw_push(hubbub.urls.valkey_url, hubbub.pids["valkey"])}

    async def _live(self) -> dict[str, Any]:
        return await measure_live(self._stage, self._loads, self._plan.live, self._progress.step)

    async def _accounts(self) -> list[dict[str, Any]]:
        rounds, seconds = self._plan.rounds, self._plan.seconds
        smaller = await growth.by_accounts(
            [each for each in self._plan.sizes if each < self._stage.size.accounts],
            rounds=rounds,
            seconds=seconds,
            step=self._progress.step,
            with_baseline=len(self._stage.targets) > 1,
        )
        self._progress.step(f"the system with {self._stage.size.accounts:,} accounts")
        return [*smaller, await growth.of_stage(self._stage, rounds=rounds, seconds=seconds)]


async def run(options: argparse.Namespace, plan: Plan) -> dict[str, Any]:
    parts = [name for name in PARTS if not options.only or name in options.only]
    progress = Progress(len(parts) + 1)
    results: dict[str, Any] = {"command": _command(options), "day": f"{datetime.now(UTC):%Y-%m-%d}"}
    failed: dict[str, str] = {}
    results["conditions"] = machine()
    started = time.monotonic()
    progress.part("filling")
    async with open_stage(plan.size, progress.load, with_baseline=not options.no_baseline) as stage:
        results["conditions"] |= stage.conditions | {"generator": GENERATOR[is_allowed()]}
        proof = Proof(stage, plan, progress)
        for name in parts:
            progress.part(name)
            try:
                results[name] = await proof.part(name)
                if name == "operations":
                    results["hash_us"] = cpu_table.hash_us()
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
                progress.step(f"failed: {failed[name]}")
    results["failed"] = failed
    results["conditions"]["time"] = f"{time.monotonic() - started:.0f} s in all"
    progress.end()
    return results


def _command(options: argparse.Namespace) -> str:
    arguments = " ".join(sys.argv[1:])
    return f'make bench ARGS="{arguments}"' if arguments else "make bench"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.proof",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    parser.add_argument(
        "--accounts", type=int, help=f"default {FULL.size.accounts}; quick {QUICK.size.accounts}"
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be given several times")
    parser.add_argument("--step", action="append", choices=STEPS, help="of the part `live` only this")
    parser.add_argument("--json", action="store_true", help="print JSON too")
    parser.add_argument("--no-baseline", action="store_true", help="Hubbub alone; needs no Node.js")
    parser.add_argument("--rounds", type=int, help="of everything that is measured in turn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="where results.md and the plots go")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else FULL
    accounts = options.accounts or plan.size.accounts
    size = replace(plan.size, accounts=accounts, seed=options.seed)
    plan = replace(plan, size=size)
    if options.step:
        plan = replace(plan, live=replace(plan.live, steps=tuple(options.step)))
    if options.rounds:
        plan = replace(plan, rounds=options.rounds, pace=replace(plan.pace, rounds=options.rounds))
    return plan


def main() -> None:
    options = _options()
    is_partial = options.quick or options.only or options.step or options.no_baseline
    output = options.output or (ROOT / ".data" / "benchmarks" if is_partial else ROOT / "docs" / "benchmarks")
    results = uvloop.run(run(options, _plan(options)))
    output.mkdir(parents=True, exist_ok=True)
    page = write_page(results)
    (output / "results.md").write_text(page)
    (output / "results.json").write_text(json.dumps(results, indent=1))
    for name, picture in draw_plots(results).items():
        (output / name).write_text(picture)
    print(json.dumps(results, indent=2) if options.json else page)
    print(f"bench: written to {output}", file=sys.stderr)
    sys.exit(1 if results["failed"] else 0)


if __name__ == "__main__":
    main()
