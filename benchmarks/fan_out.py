"""Home lists: what a delivery costs against a bare LPUSH, what a look costs by page, what a list weighs.

Pushes go through `HomeLists.push` to full lists of the usual length, so that trimming is part of it. The bare
LPUSH is written to a socket of its own, already packed, 2,000 commands at a time: nothing could be cheaper.
Both sides run in turn. CPU of the server is what it says of itself.

python -m benchmarks.fan_out [redis://…] [--quick]     (without a URL it starts the embedded server)
"""

import argparse
import asyncio
import random
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from hubbub.feeds.home_lists import HomeLists
from hubbub.platform.engines import DataDir
from hubbub.platform.engines import Valkey as EmbeddedValkey
from hubbub.platform.ids import EPOCH_MS, MAX_ID
from hubbub.platform.paging import Window
from hubbub.platform.stamps import home_key
from hubbub.platform.valkey import Valkey, open_valkey
from hubbub.settings import FeedSettings

LISTS = 2_000
PAGE = 20
# Mean time between the posts of a feed: ten times as much at night as by day. Ids are as long as real ones.
DAY, NIGHT, POSTS_A_DAY = 120_000 << 22, 1_200_000 << 22, 120


@dataclass
class Cost:
    """One figure a round."""

    server: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{statistics.median(self.server):5.2f} µs of CPU in Valkey "
            f"({min(self.server):.2f} to {max(self.server):.2f}), "
            f"{statistics.median(self.client):5.2f} in Python, {statistics.median(self.rate):10,.0f} a second"
        )


class Bench:
    def __init__(self, valkey: Valkey, raw: socket.socket, *, rounds: int, calls: int) -> None:
        self._valkey = valkey
        self._raw = raw
        self._random = random.Random(1)
        self._made = 0
        self._rounds = rounds
        self._calls = calls
        self._settings = FeedSettings()
        self._lists = HomeLists(valkey, self._settings)
        self._accounts = [self._next_id + number for number in range(LISTS)]

    _next_id = (int(time.time() * 1000) - EPOCH_MS) << 22

    async def run(self) -> None:
        await self._fill()
        print(f"a list of {self._settings.home_list_length} ids: {await self._bytes():,} bytes")
        await self._measure_pushes()
        print(f"the same after pushes, before it is trimmed: {await self._heaviest():,} bytes")
        await self._measure_looks()

    async def _fill(self) -> None:
        length = self._settings.home_list_length
        newest = self._next_id
        ids = sorted((self._new_id() for _ in range(length)), reverse=True)
        ids = [id_ - (self._next_id - newest) for id_ in ids]
        for account_id in self._accounts:
            building = await self._lists.begin(account_id)
            if not await self._lists.finish(account_id, building.token, ids, floor=ids[-1] - 1):
                raise RuntimeError("a list was not made")

    async def _bytes(self) -> int:
        return int(await self._valkey.command("MEMORY", "USAGE", home_key(self._accounts[0]), "SAMPLES", 0))

    async def _heaviest(self) -> int:
        heaviest = 0
        for _ in range(45):
            await self._lists.push(self._accounts[:1], [self._new_id()])
            heaviest = max(heaviest, await self._bytes())
        return heaviest

    def _new_id(self) -> int:
        self._made += 1
        mean = NIGHT if self._made % POSTS_A_DAY > POSTS_A_DAY * 0.9 else DAY
        self._next_id += 1 + int(self._random.expovariate(1) * mean)
        return self._next_id

    async def _measure_pushes(self) -> None:
        ours, bare = Cost(), Cost()
        for _ in range(self._rounds):
            await self._cost(ours, self._push, LISTS)
            await self._cost(bare, self._bare_push, LISTS)
            await asyncio.gather(*(self._trim(account_id) for account_id in self._accounts))
        print(f"a delivery, {LISTS:,} lists a push: {ours}")
        print(f"a bare pipelined LPUSH:          {bare}")
        print(
            f"deliveries for each LPUSH: {statistics.median(_ratios(ours.rate, bare.rate)):.0%} of its rate"
        )

    async def _push(self) -> None:
        if await self._lists.push(self._accounts, [self._new_id()]) != LISTS:
            raise RuntimeError("not every list was there")

    async def _bare_push(self) -> None:
        id_ = str(self._new_id()).encode()
        commands = b"".join(_pack(b"LPUSH", home_key(each).encode(), id_) for each in self._accounts)
        await asyncio.get_running_loop().run_in_executor(None, self._exchange, commands)

    def _exchange(self, commands: bytes) -> None:
        self._raw.sendall(commands)
        waiting = LISTS
        while waiting:
            waiting -= self._raw.recv(1 << 18).count(b"\n")

    async def _trim(self, account_id: int) -> None:
        """As a push would, so that both sides find lists of the same length."""
        await self._valkey.command("LTRIM", home_key(account_id), 0, self._settings.home_list_length)

    async def _measure_looks(self) -> None:
        account_id = self._accounts[0]
        pages: dict[str, Window] = {"page 1": Window(limit=PAGE)}
        position = MAX_ID
        for number in range(2, 41):
            ids = (await self._lists.look(account_id, Window(limit=PAGE, position=position))).ids
            position = ids[-1]
            if number in (20, 40):
                pages[f"page {number}"] = Window(limit=PAGE, position=position, is_first=False)
        costs = {name: Cost() for name in pages}
        for _ in range(self._rounds):
            for name, window in pages.items():
                await self._cost(costs[name], lambda window=window: self._looks(account_id, window), 100)
        for name, cost in costs.items():
            print(f"a look, {name:8} {cost}")

    async def _looks(self, account_id: int, window: Window) -> None:
        """100 of one turn, as when as many readers come at once."""
        sent = [self._lists.look(account_id, window) for _ in range(100)]
        for each in sent:
            if not (await each).is_ready:
                raise RuntimeError("the list is gone")

    async def _cost(self, cost: Cost, call: Callable[[], Awaitable[None]], count: int) -> None:
        await call()
        server, client, started = await self._server_seconds(), _cpu_seconds(), time.perf_counter()
        for _ in range(self._calls):
            await call()
        seconds, used = time.perf_counter() - started, _cpu_seconds() - client
        total = count * self._calls
        cost.server.append((await self._server_seconds() - server) * 1e6 / total)
        cost.client.append(used * 1e6 / total)
        cost.rate.append(total / seconds)

    async def _server_seconds(self) -> float:
        found: bytes = await self._valkey.command("INFO", "cpu")
        fields = dict(line.split(b":") for line in found.split() if b":" in line)
        return float(fields[b"used_cpu_user"]) + float(fields[b"used_cpu_sys"])


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _pack(*parts: bytes) -> bytes:
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


@contextmanager
def server_url(given: str | None) -> Iterator[str]:
    if given:
        yield given
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


async def main(url: str, *, rounds: int, calls: int) -> None:
    valkey = await open_valkey(url, deadline_seconds=10)
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379)) as raw:
            if parts.password:
                raw.sendall(_pack(b"AUTH", parts.password.encode()))
                raw.recv(100)
            await Bench(valkey, raw, rounds=rounds, calls=calls).run()
    finally:
        await valkey.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fan_out")
    parser.add_argument("url", nargs="?")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    options = parser.parse_args()
    with server_url(options.url) as url:
        uvloop.run(main(url, rounds=3 if options.quick else 9, calls=20 if options.quick else 60))
