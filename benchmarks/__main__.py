"""Measure a throwaway Hubbub: CPU per request, by process, against servers that only say hello.

    python -m benchmarks [--quick] [--json] [--rounds 5] [--seconds 0.5] [--only NAME]

Each operation is measured in every round right beside a hello with a body of the same size.
"""

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat

import asyncpg
import uvloop

from benchmarks.driver import Outcome, drive, request
from benchmarks.hello import BEHIND_FRONT, KINDS
from benchmarks.operations import Operation, operations
from benchmarks.processes import Cpu, Hello, Hubbub, running_hello, running_hubbub
from benchmarks.report import Report, Series, machine
from benchmarks.scene import COMMENTS, Connection, Scene, Size, prepare, settle

SMALL = 17
"""Bytes of the hello in the first table: {"hello":"world"}."""


class Bench:
    def __init__(self, options: argparse.Namespace, hubbub: Hubbub, hellos: dict[str, Hello]) -> None:
        self._options = options
        self._hubbub = hubbub
        self._hellos = hellos
        self._size = Size(people=80, posts_each=8, follows=40) if options.quick else Size()

    async def run(self) -> Report:
        database = await asyncpg.connect(self._hubbub.urls.database_url)
        try:
            return await self._run(database)
        finally:
            await database.close()

    async def _run(self, database: Connection) -> Report:
        started = time.monotonic()
        conditions = {**machine(), "durability": await _durability(database)}
        tell("filling")
        scene = await prepare(self._hubbub, database, self._size)
        tell(f"filled after {time.monotonic() - started:.0f} s")
        conditions["data"] = self._data(scene)
        conditions["idle"] = await self._idle()
        asked = [each for each in operations(scene) if self._options.only in each.name]
        series = {each.name: Series(each.name) for each in asked}
        plain = {kind: Series(f"{kind}, {SMALL} bytes") for kind in self._hellos}
        for each in asked:
            await self._operation(each, series[each.name], database, is_warm_up=True)
        for number in range(self._options.rounds):
            for kind, hello in plain.items():
                await self._hello(kind, SMALL, hello)
            for each in asked:
                await self._operation(each, series[each.name], database)
            tell(f"round {number + 1} of {self._options.rounds}, {time.monotonic() - started:.0f} s")
        return Report(conditions, list(plain.values()), list(series.values()))

    async def _operation(
        self, operation: Operation, series: Series, database: Connection, *, is_warm_up: bool = False
    ) -> None:
        before: list[Cpu] = []
        gc.collect()
        outcome = await drive(
            self._hubbub.port,
            operation.requests,
            seconds=self._options.seconds,
            status=operation.status,
            connections=operation.connections,
            on_connected=lambda: before.append(self._hubbub.cpu()),
        )
        if operation.is_write:
            await settle(database)
        if is_warm_up:
            return
        series.costs.append(_per_request(before[0], self._hubbub.cpu(), outcome))
        series.rates.append(outcome.per_second)
        series.body_bytes = outcome.mean_body_bytes
        beside = Series("")
        await self._hello(BEHIND_FRONT, outcome.mean_body_bytes, beside)
        series.hellos.append(beside.median("hello"))

    async def _hello(self, kind: str, size: int, series: Series) -> None:
        hello = self._hellos[kind]
        before: list[Cpu] = []
        outcome = await drive(
            hello.port,
            _hellos(size),
            seconds=self._options.seconds / 2,
            on_connected=lambda: before.append(hello.cpu()),
        )
        series.costs.append(_per_request(before[0], hello.cpu(), outcome))
        series.rates.append(outcome.per_second)
        series.body_bytes = size

    async def _idle(self) -> str:
        """What all processes use while nobody asks for anything."""
        before = self._hubbub.cpu()
        await asyncio.sleep(2)
        after = self._hubbub.cpu()
        return ", ".join(
            f"{role} {(after[role] - before[role]) / 2 * 1000:.1f} ms of CPU per second" for role in before
        )

    def _data(self, scene: Scene) -> str:
        size = self._size
        return (
            f"{size.people} people, {size.people * size.posts_each:,} posts, "
            f"{len(scene.discussed_ids)} discussions of {COMMENTS} comments, "
            f"{len(scene.readers)} readers who follow {size.follows} each"
        )


def _hellos(size: int) -> Iterator[bytes]:
    # As large as a signed-in request: a token has about 300 characters.
    return repeat(request("GET", f"/{size}", token="x" * 300))


def _per_request(before: Cpu, after: Cpu, outcome: Outcome) -> Cpu:
    return {role: (after[role] - before[role]) / outcome.count * 1e6 for role in after}


async def _durability(database: Connection) -> str:
    names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    return ", ".join([f"{name}={await database.fetchval(f'SHOW {name}')}" for name in names])


def tell(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="little data and 2 short rounds, to see that it works"
    )
    parser.add_argument("--json", action="store_true", help="print JSON rather than Markdown")
    parser.add_argument("--rounds", type=int, help="default 5")
    parser.add_argument("--seconds", type=float, help="of load for each operation in each round; default 0.5")
    parser.add_argument("--only", default="", help="only operations with this in their name")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (0.2 if options.quick else 0.5)
    with ExitStack() as stack:
        hubbub = stack.enter_context(running_hubbub())
        hellos = {kind: stack.enter_context(running_hello(kind)) for kind in KINDS}
        report = uvloop.run(Bench(options, hubbub, hellos).run())
    print(json.dumps(report.as_json(), indent=2) if options.json else report.as_text())


if __name__ == "__main__":
    main()
