"""What readers and writers notice when Valkey is emptied or killed, and how soon home lists stand again.

    PYTHONPATH=src python -m benchmarks.without_valkey [--readers 10000] [--rate 200] [--quick]

A throwaway Hubbub with a made-up population; readers are signed in before, since logging in is closed
without Valkey on purpose. An open loop of reads and writes goes on while nothing happens, while Valkey is
emptied again and again, while it is killed again and again and the supervisor starts it anew, and after
that. At the end Valkey is killed once more, and every reader asks for home until all lists stand.
"""

import argparse
import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg
import uvloop

from benchmarks.hubbub_target import HubbubTarget
from benchmarks.population import PASSWORD, Population, load
from benchmarks.processes import Hubbub, running_hubbub, tree_cpu_seconds
from hubbub.bench import (
    Ground,
    HubbubApi,
    Mix,
    Outcome,
    Person,
    Pool,
    Shot,
    Workload,
    due_times,
    encode,
    run_closed,
    run_open,
)
from hubbub.platform.stamps import home_key
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable, open_valkey

WEIGHTS = {"home": 70, "like": 10, "unlike": 5, "post": 6, "comment": 5, "follow": 2, "unfollow": 2}
WRITES = tuple(operation for operation in WEIGHTS if operation != "home")
CONNECTIONS = 64
MEASURED = ("serve", "work", "postgres")
# Readers who ask at the same time while lists become warm.
AT_ONCE = 32
FLUSH_EVERY_SECONDS = 0.5
KILL_EVERY_SECONDS = 3.0
LOOK_SECONDS = 0.25
WARM_SECONDS = 300.0
Trouble = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    accounts: int = 20_000
    readers: int = 10_000
    rate: float = 200.0
    """Requests a second."""
    seconds: float = 20.0
    """Of each phase."""


@dataclass(slots=True)
class Found:
    phases: dict[str, Outcome] = field(default_factory=dict)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    """Seconds of CPU by phase and process."""
    readers: int = 0
    warm_seconds: float = 0.0
    """Until every reader had a list again, from the moment that Valkey was killed."""
    asked: int = 0
    failed: int = 0
    """Of those who asked meanwhile."""


@dataclass(slots=True)
class Outage:
    """One run against a Hubbub that may be hurt."""

    hubbub: Hubbub
    readers: Sequence[Person]
    ground: Ground
    size: Size
    api: HubbubApi
    valkey: Valkey

    async def run(self) -> Found:
        found = Found(readers=len(self.readers))
        await self.warm(Found())
        phases: tuple[tuple[str, Trouble | None, float], ...] = (
            ("before", None, 1),
            ("emptied", self.flush, FLUSH_EVERY_SECONDS),
            ("killed", self.kill, KILL_EVERY_SECONDS),
            ("after", None, 1),
        )
        for number, (name, trouble, every) in enumerate(phases):
            before = self.cpu()
            found.phases[name] = await self.phase(number, trouble, every)
            found.cpu[name] = {role: used - before[role] for role, used in self.cpu().items()}
        await self.kill()
        await self.warm(found)
        return found

    def cpu(self) -> dict[str, float]:
        pids = self.hubbub.pids
        return {role: tree_cpu_seconds(pids[role]) for role in MEASURED}

    async def phase(self, number: int, trouble: Trouble | None, every: float) -> Outcome:
        mix = Mix(
            self.api,
            Workload(name="outage", title="reads and writes", weights=WEIGHTS, reader_skew=0.5),
            self.ground,
            seed=number,
        )
        due = due_times(self.size.rate, self.size.seconds, seed=number)
        making = asyncio.create_task(self.make(trouble, every)) if trouble else None
        try:
            async with Pool(self.api.base_url, CONNECTIONS) as pool:
                return await run_open(pool, mix.shots(due), seconds=self.size.seconds, learner=mix)
        finally:
            if making is not None:
                making.cancel()
                with suppress(asyncio.CancelledError):
                    await making

    async def make(self, trouble: Trouble, every: float) -> None:
        while True:
            await trouble()
            await asyncio.sleep(every)

    async def flush(self) -> None:
        await self.valkey.command("FLUSHALL")

    async def kill(self) -> None:
        """Whatever runs now; what is on its way up is left alone."""
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            os.kill(self.hubbub.pids["valkey"], signal.SIGKILL)

    async def warm(self, found: Found) -> None:
        """Everybody asks until each has a list."""
        started = time.perf_counter()
        cold = list(self.readers)
        while cold:
            if time.perf_counter() - started > WARM_SECONDS:
                raise SystemExit(f"{len(cold)} of {len(self.readers)} lists do not stand")
            asking = iter(cold)

            def make(at: float) -> Shot | None:
                reader = next(asking, None)  # noqa: B023 - is over before the next round
                if reader is None:
                    return None
                return Shot(at, "home", 0, encode(self.api.request("home", reader), self.host))

            async with Pool(self.api.base_url, AT_ONCE) as pool:
                outcome = await run_closed(pool, make, seconds=WARM_SECONDS)
            found.asked += outcome.answered
            found.failed += outcome.failed + outcome.dropped
            cold = await self.cold(cold)
            if cold:
                await asyncio.sleep(LOOK_SECONDS)
        found.warm_seconds = time.perf_counter() - started

    async def cold(self, readers: Sequence[Person]) -> list[Person]:
        """Those without a list that stands."""
        left: list[Person] = []
        for start in range(0, len(readers), 500):
            some = readers[start : start + 500]
            try:
                tails = await asyncio.gather(*(self.tail(reader) for reader in some))
            except (ValkeyUnavailable, ValkeyRefused):
                return list(readers)
            left += [reader for reader, tail in zip(some, tails, strict=True) if not tail]
        return left

    async def tail(self, reader: Person) -> bytes:
        """The floor of a list that stands; a mark begins with a dash."""
        tail: bytes | None = await self.valkey.command("LINDEX", home_key(reader.id), -1)
        return b"" if tail is None or tail.startswith(b"-") else tail

    @property
    def host(self) -> str:
        return self.api.base_url.partition("//")[2]


async def measure(hubbub: Hubbub, size: Size) -> Found:
    population = Population(accounts=size.accounts)
    await load(hubbub.urls.database_url, population, progress=lambda *_: None)
    database = await asyncpg.connect(hubbub.urls.database_url)
    valkey = await open_valkey(hubbub.urls.valkey_url, deadline_seconds=2)
    target = HubbubTarget(hubbub, password=PASSWORD)
    try:
        rows = await database.fetch("SELECT id FROM accounts WHERE state = 'active' ORDER BY id")
        chosen = random.Random(1).sample([row["id"] for row in rows], min(size.readers, len(rows)))
        readers = await target.sign_in(chosen)
        posts = await database.fetch(
            """
            SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author_id
            WHERE p.visibility = 0 AND p.repost_of IS NULL AND p.deleted_at IS NULL
                AND NOT a.is_private AND a.state = 'active'
            ORDER BY p.id DESC LIMIT 2000
            """
        )
        ground = Ground(readers=readers, accounts=chosen, posts=[row["id"] for row in posts])
        return await Outage(hubbub, readers, ground, size, target, valkey).run()
    finally:
        await target.aclose()
        await valkey.close()
        await database.close()


def table(found: Found) -> str:
    """In Markdown; latencies count from the moment that a request was due."""
    lines = [
        "| Valkey | requests | 5xx | other failures | home p50 | p99 | highest | writes p99 "
        "| CPU a request |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, outcome in found.phases.items():
        home, writes = outcome.of("home"), outcome.of(*WRITES)
        errors = server_errors(outcome)
        others = outcome.failed + outcome.dropped - errors
        times = [home.percentile(50), home.percentile(99), home.highest / 1e6, writes.percentile(99)]
        cells = [name, outcome.answered, errors, others, *(f"{each * 1000:.1f} ms" for each in times)]
        used = ", ".join(
            f"{role} {seconds * 1000 / max(outcome.answered, 1):.1f} ms"
            for role, seconds in found.cpu[name].items()
        )
        lines.append("| " + " | ".join(map(str, [*cells, used])) + " |")
    for name, outcome in found.phases.items():
        if outcome.failed or outcome.dropped:
            lines.append(f"\n{name}: {dict(outcome.statuses)}, {outcome.dropped} dropped; {outcome.example}")
        if outcome.void:
            lines.append(f"\n{name}: {outcome.void}")
    rate = found.readers / found.warm_seconds if found.warm_seconds else 0
    lines.append(
        f"\n{found.readers} lists stood {found.warm_seconds:.1f} s after Valkey was killed "
        f"({rate:.0f} a second, {AT_ONCE} readers asking at once; {found.asked} answers, "
        f"{found.failed} failed)."
    )
    return "\n".join(lines)


def server_errors(outcome: Outcome) -> int:
    """Answers of 5xx."""
    return sum(count for status, count in outcome.statuses.items() if status.startswith("5"))


if __name__ == "__main__":
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.without_valkey")
    parser.add_argument("--accounts", type=int, default=usual.accounts)
    parser.add_argument("--readers", type=int, default=usual.readers)
    parser.add_argument("--rate", type=float, default=usual.rate, help="requests a second")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each phase")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works")
    options = parser.parse_args()
    size = Size(
        accounts=options.accounts, readers=options.readers, rate=options.rate, seconds=options.seconds
    )
    if options.quick:
        size = Size(accounts=2_000, readers=1_000, rate=100, seconds=8)
    with running_hubbub() as hubbub:
        print(table(uvloop.run(measure(hubbub, size))))
