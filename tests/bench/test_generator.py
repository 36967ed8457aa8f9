"""The load generator against servers that behave well and badly."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from itertools import count

import pytest

from hubbub.bench import Pool, Shot, Unreachable, due_times, run_closed, run_open
from tests.bench.servers import ok, served


def shot(due: float, path: str = "/") -> Shot:
    return Shot(due, path.strip("/") or "home", 0, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def shots(rate: float, seconds: float, path: str = "/") -> Iterator[Shot]:
    return (shot(due, path) for due in due_times(rate, seconds, seed=1, arrivals="constant"))


async def test_every_shot_is_sent_once_and_counted_by_operation() -> None:
    asked: list[str] = []

    async def answer(request: str) -> bytes:
        asked.append(request)
        return ok(b"12345")

    async with served(answer) as url, Pool(url, 4) as pool:
        paths = [f"/{name}" for name in ("home", "poll", "home", "post")]
        outcome = await run_open(pool, (shot(0.0, path) for path in paths), seconds=0)

    assert sorted(asked) == sorted(f"GET {path}" for path in paths)
    assert {name: each.count for name, each in outcome.latencies.items()} == {"home": 2, "poll": 1, "post": 1}
    assert (outcome.answered, outcome.failed, outcome.dropped) == (4, 0, 0)
    assert outcome.mean_body_bytes == 5


async def test_latency_counts_from_when_a_request_was_due_however_long_earlier_ones_took() -> None:
    has_stalled = False

    async def stall_once(request: str) -> bytes:
        nonlocal has_stalled
        if not has_stalled:
            has_stalled = True
            await asyncio.sleep(0.3)
        return ok()

    async with served(stall_once) as url, Pool(url, 1) as pool:
        outcome = await run_open(pool, shots(20, 0.3), seconds=0.3)

    # The first takes 300 ms, and those due at 50, 100, 150 … ms wait for it on the one connection.
    assert outcome.answered == 6
    assert outcome.all().percentile(50) >= 0.14
    assert outcome.all().percentile(100) >= 0.29


async def test_what_is_not_answered_in_time_or_finds_too_many_waiting_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hubbub.bench.generator.PATIENCE_SECONDS", 0.05)

    async def never(request: str) -> bytes:
        await asyncio.sleep(0.4)
        return ok()

    async with served(never) as url, Pool(url, 1) as pool:
        outcome = await run_open(pool, shots(200, 0.1), seconds=0.1)

    assert (outcome.answered, outcome.dropped) == (0, 20)
    assert "nothing was answered" in outcome.void


async def test_warm_up_is_sent_and_not_counted() -> None:
    asked = count()

    async def answer(request: str) -> bytes:
        next(asked)
        return ok()

    async with served(answer) as url, Pool(url, 2) as pool:
        outcome = await run_open(pool, shots(100, 0.2), seconds=0.2, warm_up=0.1)

    assert next(asked) == 20
    assert (outcome.answered, outcome.sent) == (10, 10)
    assert outcome.per_second == pytest.approx(100)


async def test_errors_are_counted_by_status_with_an_example() -> None:
    async def answer(request: str) -> bytes:
        return ok(b'{"code":"busy"}', status=b"503 Service Unavailable")

    async with served(answer) as url, Pool(url, 1) as pool:
        outcome = await run_open(pool, shots(50, 0.1), seconds=0.1)

    assert outcome.statuses == {"503": 5}
    assert outcome.example == 'home: 503 {"code":"busy"}'
    assert outcome.failed_share == 1


async def test_not_modified_has_no_body_and_is_a_success() -> None:
    async def answer(request: str) -> bytes:
        return b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n"

    async with served(answer) as url, Pool(url, 1) as pool:
        outcome = await run_open(pool, shots(50, 0.1), seconds=0.1)

    assert (outcome.answered, outcome.failed) == (5, 0)


async def test_a_cut_connection_is_a_failure_and_is_replaced() -> None:
    answers = iter([ok(), b"", ok(), ok()])

    async def answer(request: str) -> bytes:
        return next(answers)

    async with served(answer) as url, Pool(url, 1) as pool:
        outcome = await run_open(pool, shots(40, 0.1), seconds=0.1)

    assert (outcome.answered, outcome.failed) == (3, 1)


async def test_closed_loop_keeps_all_connections_busy_until_the_time_is_over() -> None:
    at_once = most = 0

    async def answer(request: str) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        return ok()

    async with served(answer) as url, Pool(url, 3) as pool:
        outcome = await run_closed(pool, shot, seconds=0.1)

    assert most == 3
    assert outcome.answered > 3
    assert 0.1 <= outcome.seconds < 5


async def test_closed_loop_ends_when_there_is_nothing_more_to_ask() -> None:
    left = iter(range(10))

    def make(due: float) -> Shot | None:
        return shot(due) if next(left, None) is not None else None

    async def answer(request: str) -> bytes:
        return ok()

    async with served(answer) as url, Pool(url, 3) as pool:
        outcome = await run_closed(pool, make, seconds=20)

    assert outcome.answered == 10
    assert outcome.seconds < 5


async def test_a_generator_that_is_held_up_says_so() -> None:
    def slow() -> Iterator[Shot]:
        for each in shots(100, 0.2):
            time.sleep(0.015)
            yield each

    async def answer(request: str) -> bytes:
        return ok()

    async with served(answer) as url, Pool(url, 2) as pool:
        outcome = await run_open(pool, slow(), seconds=0.2)

    assert outcome.late > 10
    assert "late" in outcome.void


async def test_cpu_of_the_generator_is_its_share_of_the_machine() -> None:
    def burn() -> Iterator[Shot]:
        for each in shots(50, 0.2):
            until = time.process_time() + 0.015
            while time.process_time() < until:
                pass
            yield each

    async def answer(request: str) -> bytes:
        return ok()

    async with served(answer) as url, Pool(url, 2) as pool:
        outcome = await run_open(pool, burn(), seconds=0.2)

    assert 0.3 / (os.cpu_count() or 1) <= outcome.cpu_share <= 1 / (os.cpu_count() or 1) + 0.01


async def test_nobody_there_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(Unreachable, match="cannot be reached"):
        async with Pool(f"http://127.0.0.1:{port}", 2):
            pass
