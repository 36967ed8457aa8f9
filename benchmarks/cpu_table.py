"""CPU per operation and process, of Hubbub and the baseline in turn, beside a hello of the same size."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from argon2 import PasswordHasher

from benchmarks.calls import Calls, WrongAnswer, crowding, polling, reading, spread, writing
from benchmarks.processes import Cpu, tree_cpu_seconds
from benchmarks.stage import Stage
from benchmarks.targets import Target
from hubbub.bench import Call, Outcome, Person, Pool, run_closed
from hubbub.identity.hashing import MEMORY_KIB, PARALLELISM, TIME_COST

CONNECTIONS = 16
HASHES = 12
PEOPLE = 64
"""Few enough that all have asked before: what somebody's first request costs is for the workloads to say."""
WARM_UP_SHARE = 0.25
SHORTEST_WARM_UP = 0.1
ALONE = 1e-3
Source = Callable[[Target], Awaitable[Iterator[Call]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    name: str
    operation: str
    calls: Source
    is_write: bool = False
    """Then the share of background work is waited for and counted too."""
    connections: int = CONNECTIONS
    least_ratio: float | None = None
    """Goal: CPU of the baseline for that of Hubbub."""
    least_hello: float | None = None
    """Goal: per cent of a hello of the same size."""
    is_pushing: bool = False
    """Whether the baseline that keeps counts and pushes to followers is the one to compare with."""


@dataclass(slots=True)
class Series:
    """One operation of one target over all rounds; microseconds of CPU per request."""

    costs: list[Cpu] = field(default_factory=list)
    hellos: list[float] = field(default_factory=list)
    body_bytes: int = 0

    @property
    def totals(self) -> list[float]:
        return [sum(cost.values()) for cost in self.costs]


def operations(stage: Stage) -> list[Operation]:
    posts = list(stage.posts)
    half = len(posts) // 2
    follows = sorted(stage.summary.readers)
    hundred = 100 if 100 in follows else follows[-1]

    def home(number: int) -> Source:
        async def calls(target: Target) -> Iterator[Call]:
            return reading(target, "home", await stage.readers(target, number))

        return calls

    async def polls(target: Target) -> Iterator[Call]:
        return await polling(target, await stage.readers(target, hundred))

    def by_some(make: Callable[..., Iterator[Call]], operation: str, subjects: list[int]) -> Source:
        async def calls(target: Target) -> Iterator[Call]:
            return make(target, operation, (await stage.crowd(target))[:PEOPLE], subjects)

        return calls

    found = [
        Operation(
            name=f"home page, {hundred} follows",
            operation="home",
            calls=home(hundred),
            least_ratio=50,
            least_hello=45,
        )
    ]
    if 1_000 in follows:
        found.append(
            Operation(
                name="home page, 1,000 follows",
                operation="home",
                calls=home(1_000),
                least_ratio=100,
                least_hello=45,
            )
        )
    accounts = list(stage.accounts)
    return [
        *found,
        Operation(name="poll, nothing new", operation="poll", calls=polls, least_ratio=15, least_hello=80),
        Operation(
            name="profile",
            operation="profile",
            calls=by_some(reading, "profile", accounts[:100]),
            least_ratio=5,
            least_hello=80,
        ),
        Operation(name="author page", operation="author", calls=by_some(reading, "author", accounts[:100])),
        Operation(
            name="post with comments", operation="thread", calls=by_some(reading, "thread", posts[:100])
        ),
        Operation(
            name="post",
            operation="post",
            calls=by_some(writing, "post", [0]),
            is_write=True,
            least_ratio=3,
            is_pushing=True,
        ),
        Operation(
            name="comment",
            operation="comment",
            calls=by_some(writing, "comment", posts),
            is_write=True,
            least_ratio=3,
            least_hello=35,
            is_pushing=True,
        ),
        Operation(
            name="like, spread over posts",
            operation="like",
            calls=by_some(spread, "like", posts[:half]),
            is_write=True,
            least_ratio=4,
            least_hello=50,
            is_pushing=True,
        ),
        Operation(
            name="like, all on one post",
            operation="like",
            calls=by_some(crowding, "like", posts[half:]),
            is_write=True,
            least_ratio=20,
            least_hello=50,
            is_pushing=True,
        ),
        Operation(
            name="follow", operation="follow", calls=by_some(spread, "follow", accounts), is_write=True
        ),
        Operation(
            name="log in",
            operation="login",
            calls=by_some(reading, "login", [0]),
            connections=2,
            least_ratio=2,
        ),
    ]


class CpuTable:
    """Measures each operation in every round, all targets one right after another."""

    def __init__(self, stage: Stage, *, seconds: float) -> None:
        self._stage = stage
        self._seconds = seconds
        self._streams: dict[tuple[str, str], Calls] = {}
        self.series: dict[str, dict[str, Series]] = {}
        self.broken: dict[str, dict[str, str]] = {}

    async def round(self, operation: Operation, *, is_warm_up: bool = False) -> None:
        for target in self._targets(operation):
            try:
                await self._measure(operation, target, is_warm_up=is_warm_up)
            except WrongAnswer as error:
                self.broken.setdefault(operation.name, {})[target.name] = str(error)

    def _targets(self, operation: Operation) -> list[Target]:
        broken = self.broken.get(operation.name, {})
        targets = self._stage.everyone if operation.is_write else self._stage.targets
        return [target for target in targets if target.name not in broken]

    async def _measure(self, operation: Operation, target: Target, *, is_warm_up: bool) -> None:
        stream = self._streams.get((operation.name, target.name))
        if stream is None:
            calls = await operation.calls(target)
            stream = self._streams[operation.name, target.name] = Calls(target, operation.operation, calls)
        cost, outcome = await cpu_of(
            target, stream, self._seconds, connections=operation.connections, is_write=operation.is_write
        )
        if is_warm_up:
            return
        series = self.series.setdefault(operation.name, {}).setdefault(target.name, Series())
        series.costs.append(cost)
        series.body_bytes = outcome.mean_body_bytes
        if target is self._stage.targets[0]:
            series.hellos.append(await self._hello(outcome.mean_body_bytes))

    async def _hello(self, size: int) -> float:
        # As large as a signed-in request: a token has about 300 characters.
        headers = {"Accept": "application/json", "Authorization": f"Bearer {'x' * 300}"}
        hello = _HelloTarget(self._stage.hello.port, self._stage.hello.pid)
        calls = Calls(hello, "hello", repeat(Call("GET", f"/{size}", headers)))
        cost, _ = await cpu_of(hello, calls, self._seconds / 2)
        return sum(cost.values())


class _HelloTarget:
    """Stands in for a target where nothing is looked up."""

    name = "hello"

    def __init__(self, port: int, pid: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        self._pid = pid

    def pids(self) -> Mapping[str, int]:
        return {"hello": self._pid}

    def request(self, operation: str, reader: Person, **_: Any) -> Call:
        return Call("GET", "/17")

    def next_cursor(self, body: bytes) -> str:
        return ""

    async def sign_in(self, account_ids: Any) -> list[Person]:
        return []

    async def settle(self) -> None:
        pass


async def cpu_of(
    target: Target,
    calls: Calls,
    seconds: float,
    *,
    connections: int = CONNECTIONS,
    is_write: bool = False,
) -> tuple[Cpu, Outcome]:
    """Microseconds of CPU per request by process, once warm. Raises WrongAnswer when some fail."""
    before: Cpu = {}
    async with Pool(target.base_url, connections) as pool:
        await run_closed(pool, calls.shot, seconds=max(SHORTEST_WARM_UP, WARM_UP_SHARE * seconds))
        if is_write:
            await target.settle()
        pids = target.pids()
        outcome = await run_closed(
            pool,
            calls.shot,
            seconds=seconds,
            on_start=lambda: before.update({role: tree_cpu_seconds(pid) for role, pid in pids.items()}),
        )
        if is_write:
            await target.settle()
        after = {role: tree_cpu_seconds(pid) for role, pid in pids.items()}
    if outcome.failed_share > ALONE or not outcome.answered:
        raise WrongAnswer(outcome.example or f"{outcome.dropped} were not answered")
    return {role: (after[role] - before[role]) / outcome.answered * 1e6 for role in pids}, outcome


def hash_us() -> float:
    """CPU of one password hash as Hubbub makes them, in this process."""
    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
    costs = []
    for _ in range(HASHES):
        before = time.process_time()
        hasher.hash("a river runs under the old bridge")
        costs.append(time.process_time() - before)
    return round(statistics.median(costs) * 1e6)


def summarise(operation: Operation, table: CpuTable, stage: Stage) -> dict[str, Any]:
    """What was measured of one operation, as JSON."""
    measured = table.series.get(operation.name, {})
    ours = stage.targets[0].name
    told: dict[str, Any] = {
        "name": operation.name,
        "broken": table.broken.get(operation.name, {}),
        "targets": {name: _costs(series) for name, series in measured.items()},
        "least_ratio": operation.least_ratio,
        "least_hello": operation.least_hello,
        "ratios": {},
    }
    if ours not in measured:
        return told
    own = measured[ours]
    told["bytes"] = own.body_bytes
    told["hello"] = spread_of(
        [100 * hello / total for hello, total in zip(own.hellos, own.totals, strict=True)]
    )
    for name, series in measured.items():
        if name != ours:
            pairs = list(zip(series.totals, own.totals, strict=False))
            told["ratios"][name] = spread_of([theirs / mine for theirs, mine in pairs])
    compared = [
        name
        for name in told["ratios"]
        if (stage.pushing is not None and name == stage.pushing.name) == operation.is_pushing
    ]
    told["compared"] = compared[0] if compared else next(iter(told["ratios"]), None)
    return told


def _costs(series: Series) -> dict[str, Any]:
    roles = dict.fromkeys(chain.from_iterable(series.costs))
    return {
        "roles": {
            role: round(statistics.median(cost.get(role, 0.0) for cost in series.costs), 1) for role in roles
        },
        "total": spread_of(series.totals),
        "rounds": len(series.costs),
    }


def spread_of(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "low": round(min(values), 2),
        "high": round(max(values), 2),
    }
