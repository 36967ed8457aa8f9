"""Conversations: what inbox, unread count, pages and sending take, after ten messages and after a million.

One API in process on embedded engines, asked one request after the other, but for the last figure.

python -m benchmarks.messages [--most 1000000]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hubbub.platform.ids import new_id
from tests.messages.support import Chats
from tests.messages.test_unread import FILL
from tests.support.engines import running_engines
from tests.support.world import World, open_world, settings_for

ROUNDS = 60
AT_ONCE = 50_000
SENDERS = 200


async def timed(ask: Callable[[], Awaitable[object]]) -> str:
    """Median and best, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(times):5.2f} ({min(times):.2f})"


async def measure(world: World, most: int) -> None:
    chats = Chats(world)
    ada, bo = await world.person(), await world.person()
    id_ = await chats.pair(ada, bo)
    group = await chats.group(ada, *[await world.person() for _ in range(60)])
    written = 0
    for number in sorted({10, 10_000, most}):
        while written < number:
            step = min(number - written, AT_ONCE)
            await world.rows(FILL, int(id_), new_id(), ada.id, step)
            written += step
            await asyncio.sleep(0.05)  # so that ids of the next do not run into those of this
        print(
            f"{number:>9,} messages: inbox {await timed(lambda: chats.inbox(bo))},"
            f" unread {await timed(lambda: chats.total_unread(bo))},"
            f" newest 100 {await timed(lambda: chats.texts(bo, id_))}"
        )
    search = f"/v1/conversations/{id_}/messages/search?q="
    print(f"search that finds nothing {await timed(lambda: chats.get(bo, f'{search}nowhere'))}")
    print(f"send to one {await timed(lambda: chats.send(ada, id_))}")
    print(f"send to a group of 61 {await timed(lambda: chats.send(ada, group))}")
    started = time.perf_counter()
    await asyncio.gather(*(chats.send(ada, group) for _ in range(SENDERS)))
    print(f"{SENDERS} at once to one group: {SENDERS / (time.perf_counter() - started):.0f} a second")


async def bench(database_url: str, valkey_url: str, data_dir: Path, most: int) -> None:
    async with open_world(settings_for(database_url, valkey_url, data_dir)) as world:
        await measure(world, most)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with running_engines() as engines, tempfile.TemporaryDirectory() as path:
        asyncio.run(bench(engines.new_database(), engines.valkey.url, Path(path), arguments.most))
