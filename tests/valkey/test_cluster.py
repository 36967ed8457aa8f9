"""Against three real servers that share the slots."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from hubbub.feeds.home_lists import HomeLists, ListState
from hubbub.platform.paging import Window
from hubbub.platform.rates import Budget, Charge, RateLimiter
from hubbub.platform.stamps import Stamps, home_key, stamp_key
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from hubbub.settings import FeedSettings
from tests.valkey.server import Server, eventually, free_port, running_server

RANGES = ((0, 5460), (5461, 10922), (10923, 16383))


def ask(server: Server, *args: object) -> bytes:
    """One command over a plain socket: the servers are tied together without the client under test."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(" ".join(map(str, args)).encode() + b"\r\n")
        return connection.recv(65536)


def cluster_options(bus_port: int) -> tuple[str, ...]:
    """The bus port is named: the default, 10,000 above the port, is no port at all for many free ones."""
    return ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", str(bus_port))


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    with ExitStack() as stack:
        bus_ports = [free_port() for _ in RANGES]
        running = [stack.enter_context(running_server(*cluster_options(port))) for port in bus_ports]
        for server, (first, last) in zip(running, RANGES, strict=True):
            ask(server, "CLUSTER", "ADDSLOTSRANGE", first, last)
        for other, bus_port in zip(running[1:], bus_ports[1:], strict=True):
            ask(running[0], "CLUSTER", "MEET", "127.0.0.1", other.port, bus_port)
        deadline = time.monotonic() + 20
        while not all(b"cluster_state:ok" in ask(server, "CLUSTER", "INFO") for server in running):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield running


@pytest.fixture
async def valkey(servers: list[Server]) -> AsyncIterator[Valkey]:
    client = await open_valkey(servers[0].url, deadline_seconds=2)
    yield client
    await client.close()


async def test_keys_of_all_slots_are_written_and_read(valkey: Valkey) -> None:
    keys = [f"key:{number}" for number in range(100)]
    await asyncio.gather(*(valkey.set(key, key) for key in keys))

    assert await valkey.mget(keys) == [key.encode() for key in keys]
    assert await valkey.delete(*keys) == 100


async def test_keys_with_one_hash_tag_share_a_slot(valkey: Valkey) -> None:
    assert valkey.slot("{a}:1") == valkey.slot("{a}:2") != valkey.slot("{b}:1")


async def test_functions_are_on_every_primary(valkey: Valkey) -> None:
    for subject in ("a", "b", "c", "d", "e", "f"):
        assert (await valkey.fcall("hubbub_spend", [f"{{{subject}}}"], ["peek", 1000, 5, 1]))[0] == 1


async def test_lost_functions_are_loaded_again_where_they_are_missing(
    valkey: Valkey, servers: list[Server]
) -> None:
    ask(servers[1], "FUNCTION", "FLUSH")

    await test_functions_are_on_every_primary(valkey)


async def test_budgets_of_several_slots_are_charged_all_or_none(valkey: Valkey) -> None:
    limiter = RateLimiter(valkey)
    small = Budget("small", limit=1, period_seconds=3600, burst=3, why="test")
    large = Budget("large", limit=1, period_seconds=3600, burst=100, why="test")
    charges = [Charge(small, "account:1"), Charge(large, "app:77")]
    assert valkey.slot("rate:{account:1}:small") != valkey.slot("rate:{app:77}:large")

    allowed = [(await limiter.spend(charges)).allowed for _ in range(8)]

    assert allowed == [True] * 3 + [False] * 5
    assert (await limiter.peek([charges[1]])).remaining == 97


async def test_home_lists_and_stamps_of_all_slots_are_reached(valkey: Valkey, servers: list[Server]) -> None:
    accounts = range(1, 200)
    lists, stamps = HomeLists(valkey, FeedSettings()), Stamps(valkey)
    for account_id in accounts:
        building = await lists.begin(account_id)
        assert await lists.finish(account_id, building.token, [5, 3], floor=0)
    before = [await stamps.look(account_id) for account_id in accounts]

    assert await lists.push([*accounts, 777], [4, 9]) == len(accounts)
    assert await stamps.touch("posts", accounts) == len(accounts)

    looks = [await lists.look(account_id, Window()) for account_id in accounts]
    assert {look.ids for look in looks} == {(9, 5, 4, 3)}
    assert not {look.stamp for look in looks} & set(before)
    await lists.drop(accounts)
    assert {(await lists.look(account_id, Window())).state for account_id in accounts} == {ListState.NONE}


async def test_a_list_of_a_moved_slot_is_not_believed(valkey: Valkey, servers: list[Server]) -> None:
    """Its stamp is of another server, which may have been told less."""
    stamps = Stamps(valkey)
    before = await stamps.look(5000)
    await valkey.delete(stamp_key(5000))
    move(servers, valkey.slot(stamp_key(5000)))
    await valkey.set(stamp_key(5000), before)
    await valkey.command("RPUSH", home_key(5000), 9, 0)

    look = await HomeLists(valkey, FeedSettings()).look(5000, Window())

    assert (look.state, look.stamp != before) == (ListState.NONE, True)


def move(servers: list[Server], slot: int) -> None:
    owner = next(n for n, (first, last) in enumerate(RANGES) if first <= slot <= last)
    target = servers[(owner + 1) % 3]
    name = ask(target, "CLUSTER", "MYID").split()[1].decode()
    for server in (target, *servers):
        assert ask(server, "CLUSTER", "SETSLOT", slot, "NODE", name).startswith(b"+OK")


async def test_a_moved_slot_is_followed_and_remembered(valkey: Valkey, servers: list[Server]) -> None:
    for key in ("wanderer", "nomad"):  # the second moves too soon for the whole map to be asked for again
        move(servers, valkey.slot(key))
        assert await valkey.set(key, "v") is True
        before = valkey.round_trips
        assert await valkey.get(key) == b"v"
        taken = valkey.round_trips - before

    assert taken == 1


async def test_a_slot_on_the_move_is_asked_for_where_it_is_going(
    valkey: Valkey, servers: list[Server]
) -> None:
    slot = valkey.slot("migrant")
    owner = next(n for n, (first, last) in enumerate(RANGES) if first <= slot <= last)
    source, target = servers[owner], servers[(owner + 1) % 3]
    names = [ask(server, "CLUSTER", "MYID").split()[1].decode() for server in (source, target)]
    ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", names[0])
    ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", names[1])

    assert await valkey.set("migrant", "v") is True
    assert await valkey.get("migrant") == b"v"

    await valkey.delete("migrant")
    for server in (source, target):
        ask(server, "CLUSTER", "SETSLOT", slot, "STABLE")


async def test_messages_reach_subscribers_on_other_servers(valkey: Valkey, servers: list[Server]) -> None:
    got: list[bytes] = []
    await valkey.subscribe("news", got.append)

    for server in servers:
        ask(server, "PUBLISH", "news", "hello")

    await eventually(lambda: got == [b"hello"] * 3)


async def test_a_lost_primary_costs_its_own_keys_only(servers: list[Server]) -> None:
    valkey = await open_valkey(servers[0].url)
    keys = {n: next(f"k{i}" for i in range(9999) if _owner(valkey, f"k{i}") == n) for n in range(3)}
    servers[2].freeze()
    try:
        with pytest.raises(ValkeyUnavailable):
            await valkey.get(keys[2])
        assert [await valkey.get(keys[n]) for n in (0, 1)] == [None, None]
    finally:
        servers[2].thaw()
        await valkey.close()


def _owner(valkey: Valkey, key: str) -> int:
    slot = valkey.slot(key)
    return next(n for n, (first, last) in enumerate(RANGES) if first <= slot <= last)
