"""CPU per Valkey command: plain redis-py against our client, interleaved.

Callers in a closed loop move in step, so with 32 of them every batch holds 32 commands: the best case.
One caller has nobody to share a round trip with: the worst case. A server under load lies between.
The server's own count shows that every command was run.

python benchmarks/valkey_pipeline.py [redis://…]     (without a URL it starts the embedded server)
"""

import asyncio
import resource
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis.asyncio
import uvloop
from prometheus_client import CollectorRegistry

from hubbub.platform.engines import DataDir
from hubbub.platform.engines import Valkey as EmbeddedValkey
from hubbub.platform.rates import RateLimiter, RouteClass, route_charges
from hubbub.platform.valkey import Valkey, open_valkey

CONCURRENCIES = (1, 8, 32)
CALLS = 6400
ROUNDS = 7


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def microseconds(call: Callable[[], Awaitable[object]], *, concurrent: int) -> float:
    async def caller() -> None:
        for _ in range(CALLS // concurrent):
            await call()

    started = cpu_seconds()
    await asyncio.gather(*(caller() for _ in range(concurrent)))
    return (cpu_seconds() - started) * 1e6 / CALLS


async def commands_run(valkey: Valkey) -> int:
    stats: bytes = await valkey.command("INFO", "stats")
    return int(stats.partition(b"total_commands_processed:")[2].split()[0])


async def measure(url: str, *, concurrent: int) -> None:
    plain = redis.asyncio.Redis.from_url(url, max_connections=concurrent)
    ours = await open_valkey(url, deadline_seconds=5)
    limiter = RateLimiter(ours, 1e6, registry=CollectorRegistry())
    keys = [f"fragment:{number}" for number in range(20)]
    await asyncio.gather(*(ours.set(key, b"x" * 484) for key in keys))
    charges = route_charges(RouteClass.READ, ip="203.0.113.9", account_id=7)
    cases: dict[str, Callable[[], Awaitable[object]]] = {
        "GET, plain redis-py": lambda: plain.get(keys[0]),
        "GET, hubbub": lambda: ours.get(keys[0]),
        "MGET 20 x 484 B, plain redis-py": lambda: plain.mget(keys),
        "MGET 20 x 484 B, hubbub": lambda: ours.mget(keys),
        "rate budget charged, hubbub": lambda: limiter.spend(charges),
    }
    results: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, call in cases.items():
            before = await commands_run(ours)
            results[name].append(await microseconds(call, concurrent=concurrent))
            if await commands_run(ours) - before < CALLS:
                raise RuntimeError(f"{name}: the server ran fewer commands than were measured")
    for name, values in results.items():
        spread = f"{min(values):.1f} to {max(values):.1f}"
        sys.stdout.write(f"{name:34} {statistics.median(values):6.1f} µs of client CPU ({spread})\n")
    await plain.aclose()
    await ours.close()


@contextmanager
def server_url() -> Iterator[str]:
    if len(sys.argv) > 1:
        yield sys.argv[1]
        return
    with tempfile.TemporaryDirectory() as directory:
        data_dir = DataDir(Path(directory))
        data_dir.prepare()
        Path(directory).chmod(0o711)
        server = EmbeddedValkey(data_dir)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


if __name__ == "__main__":
    with server_url() as url:
        for name, run in (("asyncio", asyncio.run), ("uvloop", uvloop.run)):
            for concurrent in CONCURRENCIES:
                sys.stdout.write(f"{name}, {concurrent} concurrent, median of {ROUNDS} interleaved rounds\n")
                run(measure(url, concurrent=concurrent))
