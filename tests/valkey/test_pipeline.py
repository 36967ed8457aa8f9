import asyncio
import time

from hubbub.platform.valkey import Valkey


async def test_commands_of_one_turn_share_one_round_trip(valkey: Valkey) -> None:
    for number in range(50):
        await valkey.set(f"k{number}", number)
    before = valkey.round_trips

    values = await asyncio.gather(*(valkey.get(f"k{number}") for number in range(50)))

    assert values == [str(number).encode() for number in range(50)]
    assert valkey.round_trips - before == 1


async def test_commands_of_two_turns_take_two_round_trips(valkey: Valkey) -> None:
    before = valkey.round_trips

    await valkey.get("a")
    await valkey.get("b")

    assert valkey.round_trips - before == 2


async def test_answers_never_cross_over_under_load(valkey: Valkey) -> None:
    async def worker(name: int) -> None:
        for turn in range(50):
            value = f"{name}:{turn}:{'x' * (name * 37 % 5000)}".encode()
            assert await valkey.command("ECHO", value) == value
            if turn % 7 == name % 7:
                await asyncio.sleep(0)

    await asyncio.gather(*(worker(name) for name in range(40)))


async def test_a_cancelled_caller_leaves_the_others_of_its_batch_alone(valkey: Valkey) -> None:
    await valkey.set("k", "v")
    tasks = [asyncio.create_task(valkey.get("k")) for _ in range(10)]
    await asyncio.sleep(0)  # issued, not answered

    for task in tasks[::2]:
        task.cancel()

    assert await asyncio.gather(*tasks[1::2]) == [b"v"] * 5
    assert all(task.cancelled() for task in tasks[::2])
    assert await valkey.get("k") == b"v"


async def test_a_large_reply_is_whole(valkey: Valkey) -> None:
    big = bytes(range(256)) * 20_000

    await valkey.set("big", big)

    replies = await asyncio.gather(*(valkey.get(key) for key in ("big", "none", "big")))
    assert replies == [big, None, big]


async def test_a_busy_event_loop_is_not_taken_for_a_missed_deadline(fragile: Valkey) -> None:
    await fragile.set("k", "v")
    waiting = asyncio.create_task(fragile.get("k"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    time.sleep(0.15)  # noqa: ASYNC251 - the fault under test

    assert await waiting == b"v"
