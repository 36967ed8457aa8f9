"""W8: what a page and a post cost as the numbers grow. A line that does not rise is the aim."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

from benchmarks.calls import Calls, WrongAnswer, deep, reading
from benchmarks.cpu_table import PEOPLE, cpu_of, spread_of
from benchmarks.stage import Size, Stage, open_stage
from benchmarks.targets import Target
from hubbub.bench import Call

DEEP_PAGE = 40
CONNECTIONS = 8
MOST_CHANGE = 0.10
"""Goal: within this of the smallest size."""


async def by_follows(
    stage: Stage, *, rounds: int, seconds: float, step: Callable[[str], None]
) -> dict[str, Any]:
    """CPU of the first and the 40th home page of readers who follow 10 to 10,000 others."""
    told: dict[str, Any] = {"pages": {}}
    for page in (1, DEEP_PAGE):
        costs: dict[str, dict[int, list[float]]] = {target.name: {} for target in stage.targets}
        broken: dict[str, str] = {}
        streams: dict[tuple[str, int], Calls] = {}
        for number in range(rounds + 1):
            for follows in sorted(stage.summary.readers):
                for target in stage.targets:
                    if f"{target.name} {follows}" in broken:
                        continue
                    step(f"home page {page}, {follows:,} follows, {target.name}, round {number}")
                    try:
                        if (target.name, follows) not in streams:
                            calls = await _pages(stage, target, follows, page)
                            streams[target.name, follows] = Calls(target, "home", calls)
                        cost, _ = await cpu_of(
                            target, streams[target.name, follows], seconds, connections=CONNECTIONS
                        )
                    except WrongAnswer as error:
                        broken[f"{target.name} {follows}"] = str(error)
                        continue
                    if number:
                        costs[target.name].setdefault(follows, []).append(sum(cost.values()))
        told["pages"][str(page)] = {
            "broken": broken,
            "targets": {
                name: [{"size": follows, **spread_of(values)} for follows, values in sorted(by_size.items())]
                for name, by_size in costs.items()
            },
        }
    return told


async def _pages(stage: Stage, target: Target, follows: int, page: int) -> Iterator[Call]:
    readers = await stage.readers(target, follows)
    return reading(target, "home", readers) if page == 1 else await deep(target, readers, page)


async def of_stage(stage: Stage, *, rounds: int, seconds: float) -> dict[str, Any]:
    """CPU of the operations whose cost must not depend on how many people there are."""
    follows = 100 if 100 in stage.summary.readers else min(stage.summary.readers)
    told: dict[str, Any] = {"accounts": stage.size.accounts, "follows": follows, "targets": {}}
    for target in stage.targets:
        readers = await stage.readers(target, follows)
        crowd = (await stage.crowd(target))[:PEOPLE]
        streams = {
            "home page": Calls(target, "home", reading(target, "home", readers)),
            "profile": Calls(target, "profile", reading(target, "profile", crowd, stage.accounts[:100])),
            "post": Calls(
                target,
                "post",
                (target.request("post", each, text="How many are we?") for each in cycle(crowd)),
            ),
        }
        told["targets"][target.name] = {}
        for name, stream in streams.items():
            values = []
            for number in range(rounds + 1):
                cost, _ = await cpu_of(
                    target, stream, seconds, connections=CONNECTIONS, is_write=name == "post"
                )
                if number:
                    values.append(sum(cost.values()))
            told["targets"][target.name][name] = spread_of(values)
    return told


async def by_accounts(
    sizes: Sequence[int], *, rounds: int, seconds: float, step: Callable[[str], None], with_baseline: bool
) -> list[dict[str, Any]]:
    """The same on systems of their own, one after another."""
    told = []
    for accounts in sizes:
        step(f"a system with {accounts:,} accounts")
        size = Size(accounts=accounts, mix_readers=200)
        async with open_stage(size, lambda *_: None, with_baseline=with_baseline) as stage:
            told.append(await of_stage(stage, rounds=rounds, seconds=seconds))
    return told
