"""Stamps against real servers that are restarted from a snapshot, promoted and put back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hubbub.platform.stamps import Part, Stamps, home_key, stamp_key
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from tests.valkey.server import Server, running_server

ME, OTHER = 21, 22


@pytest.fixture
async def valkey(valkey_url: str, clean: None) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url, deadline_seconds=5)
    yield client
    await client.close()


async def _until(valkey: Valkey, section: str, text: bytes) -> None:
    async with asyncio.timeout(20):
        while True:
            if text in await valkey.command("INFO", section):
                return
            await asyncio.sleep(0.02)


async def _until_answering(valkey: Valkey) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                return await valkey.ping()
            except ValkeyUnavailable:
                await asyncio.sleep(0.02)


async def test_a_stamp_stays_until_it_is_touched(valkey: Valkey) -> None:
    stamps = Stamps(valkey)
    first = await stamps.look(ME)

    assert await stamps.look(ME) == first
    assert await stamps.touch("relations", [ME, OTHER]) == 1
    assert await stamps.look(ME) != first


@pytest.mark.parametrize(("part", "place"), [("relations", 1), ("reactions", 2), ("posts", 3)])
async def test_a_touch_changes_one_part_only(valkey: Valkey, part: Part, place: int) -> None:
    stamps = Stamps(valkey)
    before = (await stamps.look(ME)).split(".")

    await stamps.touch(part, [ME])

    after = (await stamps.look(ME)).split(".")
    assert [n for n in range(4) if before[n] != after[n]] == [place]


async def test_no_two_values_are_the_same(valkey: Valkey) -> None:
    stamps = Stamps(valkey)
    seen = []
    for _ in range(20):
        await stamps.touch("posts", [ME])
        seen.append(await stamps.look(ME))
        await valkey.delete(stamp_key(ME))
        seen.append(await stamps.look(ME))

    assert len(set(seen)) == len(seen)


async def test_a_touched_stamp_lives_no_longer_for_it(valkey: Valkey) -> None:
    stamps = Stamps(valkey)
    await stamps.look(ME)
    await valkey.command("PEXPIRE", stamp_key(ME), 50_000)

    await stamps.touch("posts", [ME])
    assert 0 < await valkey.command("PTTL", stamp_key(ME)) <= 50_000

    await stamps.look(ME)
    assert await valkey.command("PTTL", stamp_key(ME)) > 86_400_000


async def test_what_a_snapshot_brings_back_is_not_believed() -> None:
    with running_server() as server:
        valkey = await open_valkey(server.url, deadline_seconds=2)
        stamps = Stamps(valkey)
        before = await stamps.look(ME)
        await valkey.command("RPUSH", home_key(ME), 5, 0)
        await valkey.command("SAVE")

        server.kill()
        server.start()
        await _until_answering(valkey)

        assert await valkey.get(stamp_key(ME)) == before.encode()
        assert await stamps.touch("posts", [ME]) == 0
        assert await stamps.look(ME) != before
        assert await valkey.command("EXISTS", home_key(ME)) == 0
        await valkey.close()


class Couple:
    """A primary and its replica, and clients of both."""

    def __init__(self, servers: list[Server], clients: list[Valkey]) -> None:
        self.servers = servers
        self.clients = clients

    async def lead(self, number: int) -> Stamps:
        """Promote one, and make the other follow it."""
        primary, replica = self.clients[number], self.clients[1 - number]
        await primary.command("CONFIG", "SET", "repl-diskless-sync-delay", 0)
        await primary.command("REPLICAOF", "NO", "ONE")
        await replica.command("REPLICAOF", "127.0.0.1", self.servers[number].port)
        await _until(replica, "replication", b"master_link_status:up")
        return Stamps(primary)

    async def settle(self, number: int) -> None:
        assert await self.clients[number].command("WAIT", 1, 5000) == 1


@pytest.fixture
async def couple() -> AsyncIterator[Couple]:
    with running_server() as one, running_server() as other:
        clients = [await open_valkey(server.url, deadline_seconds=6) for server in (one, other)]
        yield Couple([one, other], clients)
        for client in clients:
            await client.close()


async def test_a_promoted_replica_begins_an_era(couple: Couple) -> None:
    stamps = await couple.lead(0)
    before = await stamps.look(ME)
    await couple.settle(0)

    stamps = await couple.lead(1)

    assert await couple.clients[1].get(stamp_key(ME)) == before.encode()
    assert await stamps.look(ME) != before


async def test_a_primary_that_was_a_replica_meanwhile_begins_another_era(couple: Couple) -> None:
    """Its process and its variables are the same: what it had not been told as a replica may be missing."""
    stamps = await couple.lead(0)
    before = await stamps.look(ME)
    await couple.settle(0)
    await couple.lead(1)
    await couple.settle(1)

    stamps = await couple.lead(0)

    assert await couple.clients[0].get(stamp_key(ME)) == before.encode()
    assert await stamps.look(ME) != before


async def test_functions_loaded_anew_begin_an_era(valkey: Valkey) -> None:
    stamps = Stamps(valkey)
    before = await stamps.look(ME)
    await valkey.command("FUNCTION", "FLUSH")

    assert await stamps.look(ME) != before


async def test_one_turn_touches_many(valkey: Valkey) -> None:
    stamps = Stamps(valkey)
    for account_id in range(50):
        await stamps.look(account_id)
    before = valkey.round_trips

    assert await stamps.touch("relations", range(60)) == 50
    assert valkey.round_trips == before + 1
