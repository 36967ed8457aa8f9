"""What the worker costs for each event, and how soon it comes: python -m benchmarks.outbox_cost [RATE …]

Real processes on engines of their own: one announces events at a steady rate, one handles them with a
statement a batch. Costs are what runs with the worker use more than the same without it.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import uvloop

from benchmarks.processes import cpu_seconds, tree_cpu_seconds
from hubbub.platform.db import Tx, open_database
from hubbub.platform.engines import DataDir, Postgres, Valkey
from hubbub.platform.migrations import migrate
from hubbub.platform.outbox import CHANNEL, Event, OutboxWorker, Reactions, Waker, announce, woken
from hubbub.platform.valkey import open_valkey

SECONDS = 6.0
SETTLE_SECONDS = 2.0
RATES = (20, 100, 1000)


class BenchLiked(Event, frozen=True):
    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")
    post_id: int
    at: float


async def work(database_url: str, valkey_url: str) -> None:
    """Until SIGTERM; then prints how long each event waited, in milliseconds."""
    waits: list[float] = []

    async def deliver(tx: Tx, events: Sequence[BenchLiked]) -> None:
        now = time.time()
        waits.extend((now - event.at) * 1000 for event in events)

    async def record(tx: Tx, events: Sequence[BenchLiked]) -> None:
        await tx.execute("SELECT unnest($1::bigint[])", [event.post_id for event in events])

    reactions = Reactions()
    reactions.on("deliver", deliver)
    reactions.on("record", record)
    db = await open_database(database_url, pool_size=20)
    valkey = await open_valkey(valkey_url)
    worker = OutboxWorker(db, reactions, careful_seconds=0)
    await valkey.subscribe(CHANNEL, lambda message: worker.wake(woken(message)), on_gap=worker.wake)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, waits.clear)
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    print("ready", flush=True)
    await worker.run()
    await valkey.close()
    await db.close()
    print(json.dumps(sorted(waits)), flush=True)


async def write(database_url: str, valkey_url: str, rate: float, seconds: float) -> None:
    db = await open_database(database_url, pool_size=20)
    valkey = await open_valkey(valkey_url)
    db.after_announcing = Waker(valkey.publish)
    tasks: set[asyncio.Task[None]] = set()

    async def one() -> None:
        async with db.transaction() as tx:
            await announce(tx, BenchLiked(post_id=random.getrandbits(60), at=time.time()))

    started, number = time.perf_counter(), 0
    while (now := time.perf_counter()) < started + seconds:
        number += 1
        task = asyncio.create_task(one())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await asyncio.sleep(max(started + number / rate - now, 0))
    await asyncio.gather(*tasks)
    await valkey.close()
    await db.close()
    print(number, flush=True)


def spawn(*arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.outbox_cost", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class Bench:
    def __init__(self, postgres: Postgres, valkey: Valkey) -> None:
        self._urls = (postgres.url, valkey.url)
        assert postgres.child is not None
        assert valkey.child is not None
        self._pids = {"postgres": postgres.child.pid, "valkey": valkey.child.pid}

    def measure(self, rate: float) -> None:
        alone, _, events = self._run(rate, with_worker=False)
        self._drain()
        both, waits, events = self._run(rate, with_worker=True)
        parts = {name: (both[name] - alone.get(name, 0.0)) / events * 1e6 for name in both}
        shown = "  ".join(f"{name} {cost:5.0f}" for name, cost in parts.items())
        quantiles = [waits[int(len(waits) * q)] for q in (0.5, 0.99)] if waits else [0, 0]
        print(
            f"{rate:6}/s  {sum(parts.values()):5.0f} us an event: {shown}"
            f"   wait p50 {quantiles[0]:.1f} p99 {quantiles[1]:.1f} ms  ({len(waits)} of {events})",
            flush=True,
        )

    def idle(self) -> None:
        used, _, _ = self._run(0, with_worker=True)
        print(
            "idle    ",
            "  ".join(f"{n} {c / (SECONDS + 1) * 1000:.2f}" for n, c in used.items()),
            "ms a second",
        )

    def _run(self, rate: float, *, with_worker: bool) -> tuple[dict[str, float], list[float], int]:
        worker = spawn("work", *self._urls) if with_worker else None
        if worker is not None:
            assert worker.stdout is not None
            worker.stdout.readline()
        time.sleep(SETTLE_SECONDS)
        before = self._used(worker)
        out = "0"
        if rate:
            out, _ = spawn("write", *self._urls, rate, SECONDS).communicate(timeout=SECONDS + 30)
        else:
            time.sleep(SECONDS)
        time.sleep(1.0)
        used = {name: value - before[name] for name, value in self._used(worker).items()}
        waits: list[float] = []
        if worker is not None:
            worker.send_signal(signal.SIGTERM)
            waits = json.loads(worker.communicate(timeout=30)[0])
        return used, waits, int(out)

    def _drain(self) -> None:
        async def empty() -> None:
            db = await open_database(self._urls[0])
            async with db.connection() as tx:
                await tx.execute("DELETE FROM outbox")
            await db.close()

        asyncio.run(empty())

    def _used(self, worker: "subprocess.Popen[str] | None") -> dict[str, float]:
        used = {name: tree_cpu_seconds(pid) for name, pid in self._pids.items()}
        return used if worker is None else {"work": cpu_seconds(worker.pid), **used}


def bench(rates: Sequence[float]) -> None:
    with tempfile.TemporaryDirectory(prefix="hubbub-outbox-") as path:
        os.chmod(path, 0o711)
        data_dir = DataDir(Path(path))
        data_dir.prepare()
        postgres, valkey = Postgres(data_dir), Valkey(data_dir, memory="64mb")
        postgres.start()
        valkey.start()
        try:
            asyncio.run(migrate(postgres.url))
            run = Bench(postgres, valkey)
            run.idle()
            for rate in rates:
                run.measure(rate)
        finally:
            valkey.stop()
            postgres.stop()


def main(arguments: Sequence[str]) -> None:
    roles: dict[str, Any] = {"work": work, "write": write}
    if arguments and arguments[0] in roles:
        role: Awaitable[None] = roles[arguments[0]](*arguments[1:3], *map(float, arguments[3:]))
        uvloop.run(role)  # type: ignore[arg-type]
    else:
        bench([float(each) for each in arguments] or RATES)


if __name__ == "__main__":
    main(sys.argv[1:])
