import asyncio
import gc
import socket
import time

import pytest
import uvloop

from hubbub.platform.valkey import Sent, Valkey, ValkeyUnavailable, open_valkey
from hubbub.platform.valkey.client import DEADLINE_SECONDS
from hubbub.platform.valkey.dial import DIAL_SECONDS
from hubbub.platform.valkey.node import PROBE_LAST_SECONDS
from tests.valkey.proxy import running_proxy
from tests.valkey.server import Server, eventually


async def fails(valkey: Valkey) -> float:
    """Seconds until a command was given up."""
    started = time.perf_counter()
    with pytest.raises(ValkeyUnavailable):
        await valkey.get("k")
    return time.perf_counter() - started


async def works(valkey: Valkey, *, within: float) -> None:
    async with asyncio.timeout(within):
        while True:
            try:
                await valkey.ping()
            except ValkeyUnavailable:
                await asyncio.sleep(0.01)
            else:
                return


async def open_circuit(valkey: Valkey) -> None:
    async with asyncio.timeout(5):
        while valkey.is_available:
            await fails(valkey)


async def spend(valkey: Valkey) -> int:
    reply: list[int] = await valkey.fcall("hubbub_spend", ["{x}"], ["spend", 1_000_000, 100, 1])
    return reply[0]


async def test_a_frozen_server_costs_the_deadline_at_most(fragile: Valkey, own_server: Server) -> None:
    own_server.freeze()

    assert 0.09 < await fails(fragile) < 0.2
    assert 0.09 < await fails(fragile) < 0.2


async def test_after_five_failures_a_dead_server_costs_nothing(fragile: Valkey, own_server: Server) -> None:
    own_server.freeze()
    for _ in range(5):
        await fails(fragile)
    assert fragile.is_available is False

    costs = [await fails(fragile) for _ in range(100)]

    assert sorted(costs)[90] < 0.001


async def test_what_is_sent_for_nothing_and_hangs_in_a_ring_fails_in_silence(
    fragile: Valkey, own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.freeze()
    await open_circuit(fragile)

    def ask() -> None:
        kept: list[Sent[str]] = []
        kept.append(fragile.send("GET", "k", read=str))

    for _ in range(20):
        ask()
    gc.collect()
    await asyncio.sleep(0)

    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_failures_that_are_not_in_a_row_leave_the_circuit_closed(
    fragile: Valkey, own_server: Server
) -> None:
    for _ in range(6):
        own_server.freeze()
        await fails(fragile)
        assert fragile.is_available is True
        own_server.thaw()
        await works(fragile, within=1)


async def test_a_thawed_server_is_used_again_within_two_seconds(fragile: Valkey, own_server: Server) -> None:
    own_server.freeze()
    await open_circuit(fragile)

    own_server.thaw()

    await works(fragile, within=2)


async def test_a_killed_server_fails_what_is_in_flight_and_comes_back(
    fragile: Valkey, own_server: Server
) -> None:
    own_server.freeze()
    tasks = [asyncio.create_task(fails(fragile)) for _ in range(10)]
    await asyncio.sleep(0.01)
    own_server.kill()
    assert max(await asyncio.gather(*tasks)) < 0.2
    await open_circuit(fragile)

    own_server.start()

    await works(fragile, within=2)


async def test_a_restart_between_commands_goes_unnoticed(fragile: Valkey, own_server: Server) -> None:
    await fragile.set("k", "v")
    own_server.kill()
    own_server.start()
    await asyncio.sleep(0.01)

    assert await fragile.get("k") is None


async def test_functions_are_loaded_again_after_an_empty_restart(fragile: Valkey, own_server: Server) -> None:
    own_server.kill()
    own_server.start()
    await works(fragile, within=2)

    assert await asyncio.gather(*(spend(fragile) for _ in range(20))) == [1] * 20


async def test_functions_survive_a_flush(fragile: Valkey) -> None:
    await fragile.command("FLUSHALL")

    assert await spend(fragile) == 1


async def test_a_full_server_is_unavailable_for_writes_only(fragile: Valkey) -> None:
    await fragile.command("CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(ValkeyUnavailable, match="OOM"):
        await fragile.set("k", "v")
    assert await fragile.get("k") is None
    assert fragile.is_available is True


async def test_opening_without_a_server_works_and_heals(own_server: Server) -> None:
    own_server.kill()
    valkey = await open_valkey(own_server.url)
    assert valkey.is_available is False

    own_server.start()

    await works(valkey, within=2)
    assert await spend(valkey) == 1
    await valkey.close()


async def test_closing_fails_what_waits_and_refuses_what_follows(fragile: Valkey, own_server: Server) -> None:
    own_server.freeze()
    waiting = asyncio.create_task(fails(fragile))
    await asyncio.sleep(0.01)

    await fragile.close()

    assert await waiting < 0.1
    assert await fails(fragile) < 0.02


async def test_reset_connections_are_dialled_again_unnoticed(fragile: Valkey, own_server: Server) -> None:
    killer = await open_valkey(own_server.url)
    for _ in range(20):
        await killer.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await asyncio.sleep(0.002)
        await fragile.set("k", "v")
    await killer.close()

    assert fragile.is_available is True


async def test_a_dead_server_is_probed_by_one_task_only(fragile: Valkey, own_server: Server) -> None:
    own_server.freeze()
    await open_circuit(fragile)
    tasks = len(asyncio.all_tasks())

    for _ in range(200):
        await fails(fragile)

    assert len(asyncio.all_tasks()) <= tasks
    own_server.thaw()
    await eventually(lambda: fragile.is_available, seconds=2)


async def test_a_server_that_is_always_too_slow_is_given_up_until_it_is_faster(own_server: Server) -> None:
    async with running_proxy(own_server.port) as proxy:
        valkey = await open_valkey(proxy.url)
        proxy.delay_seconds = 0.2
        await open_circuit(valkey)
        await asyncio.sleep(0.7)  # several probes, all answered too late
        assert await fails(valkey) < 0.02

        proxy.delay_seconds = 0

        await works(valkey, within=2)
        await valkey.close()


def test_the_longest_pause_between_probes_and_one_probe_take_less_than_two_seconds() -> None:
    assert PROBE_LAST_SECONDS + DIAL_SECONDS + DEADLINE_SECONDS < 2


def test_a_call_back_that_holds_up_the_loop_is_not_taken_for_a_missed_deadline(own_server: Server) -> None:
    """uvloop runs the timers that are due before it reads what has arrived meanwhile."""

    async def wait_while_busy() -> list[bytes | None]:
        loop = asyncio.get_running_loop()
        valkey = await open_valkey(own_server.url, deadline_seconds=0.05)
        await valkey.set("k", "v")
        ours, theirs = socket.socketpair()

        def hold_up() -> None:
            ours.recv(1)
            time.sleep(0.08)

        loop.add_reader(ours, hold_up)
        values = []
        for _ in range(5):
            waiting = asyncio.create_task(valkey.get("k"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # written; the answer is on its way
            theirs.send(b"x")
            values.append(await waiting)
        loop.remove_reader(ours)
        ours.close()
        theirs.close()
        await valkey.close()
        return values

    assert uvloop.run(wait_while_busy()) == [b"v"] * 5
