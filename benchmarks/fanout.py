"""A post on its way to its followers: what that costs for each of them, and when the last one sees it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from benchmarks.calls import Calls, ask_with, require_success
from benchmarks.cpu_table import spread_of
from benchmarks.processes import tree_cpu_seconds
from benchmarks.stage import Stage
from benchmarks.targets import Target
from hubbub.bench import Call, Client, Person, Pool, run_closed

WATCHED = 8
"""Followers whose pages are looked at until all show the post, the last one among them."""
SEEN_SECONDS = 60.0
LEAST_MORE = 500
TURNS = 3
IDLE_SECONDS = 1.0
RAW_PUSHES = 200_000
RAW_BATCH = 1_000
RAW_LISTS = 1_000


class _Posted(msgspec.Struct):
    id: str | int


async def by_followers(
    stage: Stage, targets: Sequence[Target], *, posts: int, step: Callable[[str], None]
) -> dict[str, Any]:
    """Posts by authors with exactly 10, 100, … followers, all of whom have a home list, in turn by target."""
    told: dict[str, Any] = {"targets": {target.name: [] for target in targets}}
    for followers, author in sorted(stage.summary.authors.items()):
        rows = await stage.database.fetch(
            "SELECT follower_id FROM follows WHERE followee_id = $1 ORDER BY follower_id", author.id
        )
        ids = [row["follower_id"] for row in rows]
        for target in targets:
            step(f"{followers:,} followers of {target.name}: reading once")
            people = await stage.people(target, f"followers of {author.id}", ids)
            await _read_once(target, people)
            writer = (await stage.people(target, f"author {author.id}", [author.id]))[0]
            watched = people[:: max(1, len(people) // WATCHED)][: WATCHED - 1] + people[-1:]
            step(f"{followers:,} followers of {target.name}: {posts} posts")
            told["targets"][target.name].append(
                {"size": followers, **await _publish(target, writer, watched, posts)}
            )
    for measured in told["targets"].values():
        _per_follower(measured)
    return told


async def _read_once(target: Target, people: Sequence[Person]) -> None:
    """So that each is somebody who reads, whose list is kept."""
    calls = Calls(target, "home", (target.request("home", person) for person in people))
    async with Pool(target.base_url, 16) as pool:
        require_success(await run_closed(pool, calls.shot, seconds=300))
    await target.settle()


async def _publish(target: Target, author: Person, watched: list[Person], posts: int) -> dict[str, Any]:
    seen, answered, costs = [], [], []
    idle = await idle_of(target)
    async with Client(target.base_url) as writer, Client(target.base_url, len(watched)) as watchers:
        for turn in range(TURNS):
            pids, started = target.pids(), time.perf_counter()
            before = used(pids)
            for number in range(posts):
                call = target.request("post", author, text=f"News, part {turn}.{number}.")
                answered.append(await _timed(ask_with(writer, call)))
            await target.settle()
            # Waiting for the worker takes up to a second, in which all processes idle.
            spent = used(pids) - before - idle * (time.perf_counter() - started)
            costs.append(spent / posts * 1e6)
        for number in range(posts):
            call = target.request("post", author, text=f"More news, part {number}.")
            seen.append(await _timed(_until_all_see(writer, watchers, target, call, watched)))
            await target.settle()
    return {
        "cpu_us": spread_of(costs),
        "answer_ms": spread_of([value * 1000 for value in answered]),
        "seen_ms": spread_of([value * 1000 for value in seen]),
    }


def used(pids: Mapping[str, int]) -> float:
    return sum(tree_cpu_seconds(pid) for pid in pids.values())


async def idle_of(target: Target) -> float:
    """Seconds of CPU a second while nobody asks for anything."""
    await target.settle()
    pids = target.pids()
    before = used(pids)
    await asyncio.sleep(IDLE_SECONDS)
    return (used(pids) - before) / IDLE_SECONDS


async def _timed(work: Awaitable[Any]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def _until_all_see(
    writer: Client, watchers: Client, target: Target, call: Call, watched: Sequence[Person]
) -> None:
    answer = await ask_with(writer, call)
    post_id = str(msgspec.json.decode(answer.body, type=_Posted).id)
    await asyncio.gather(*(_until_seen(watchers, target, each, post_id) for each in watched))


async def _until_seen(client: Client, target: Target, person: Person, post_id: str) -> None:
    async with asyncio.timeout(SEEN_SECONDS):
        while post_id.encode() not in (await ask_with(client, target.request("home", person))).body:
            pass


def _per_follower(measured: list[dict[str, Any]]) -> None:
    """What each follower more costs, against the author with the fewest; few followers drown in noise."""
    first = measured[0] if measured else None
    for each in measured:
        more = each["size"] - first["size"] if first is not None else 0
        if first is not None and more >= LEAST_MORE:
            each["per_follower_us"] = round((each["cpu_us"]["median"] - first["cpu_us"]["median"]) / more, 2)


async def raw_push(valkey_url: str, valkey_pid: int) -> dict[str, float]:
    """The limit: LPUSH of one id, pipelined by hand; CPU of the server and of us for each."""
    url = urlsplit(valkey_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        if url.password:
            await _say(
                reader,
                writer,
                [_command(b"AUTH", (url.username or "default").encode(), url.password.encode())],
            )
        keys = [b"raw:%d" % number for number in range(RAW_LISTS)]
        batch = [
            _command(b"LPUSH", keys[number % RAW_LISTS], b"123456789012345678") for number in range(RAW_BATCH)
        ]
        server, own, started = tree_cpu_seconds(valkey_pid), time.process_time(), time.perf_counter()
        for _ in range(RAW_PUSHES // RAW_BATCH):
            await _say(reader, writer, batch)
        used = {
            "valkey_us": (tree_cpu_seconds(valkey_pid) - server) / RAW_PUSHES * 1e6,
            "client_us": (time.process_time() - own) / RAW_PUSHES * 1e6,
            "per_second": RAW_PUSHES / (time.perf_counter() - started),
        }
        await _say(reader, writer, [_command(b"DEL", *keys)])
    finally:
        writer.close()
    return {name: round(value, 2) for name, value in used.items()}


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, commands: Sequence[bytes]) -> None:
    writer.write(b"".join(commands))
    left = len(commands)
    while left:
        got = await reader.read(1 << 16)
        if not got or got.startswith(b"-"):
            raise ConnectionError(f"Valkey said {got[:100]!r}")
        left -= got.count(b"\r\n")


def _command(*parts: bytes) -> bytes:
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
