"""What a hub does about events that it has missed, or could not take."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from hubbub.platform.live import Entry, Frame, Hub, LiveLog, Member, Seat
from hubbub.platform.valkey import Valkey, open_valkey
from tests.events.samples import until
from tests.resume.bustle import Outlet, open_hub, told
from tests.resume.histories import History, find_faults
from tests.valkey.server import eventually


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url, deadline_seconds=2)
    await client.command("FLUSHALL")
    yield client
    await client.close()


async def connect(hub: Hub, account_id: int) -> History:
    history, member = History(str(account_id), account_id), Member(account_id)
    history.begin()
    member.start(Outlet(history), await hub.join(member))
    return history


async def test_whoever_is_told_to_reload_is_found_among_the_connected(
    valkey_url: str, valkey: Valkey
) -> None:
    """Those who tell many look there first, and pass over whoever is not."""
    async with open_hub(valkey_url) as hub:
        history = await connect(hub, 1)
        await valkey.command("FLUSHALL")
        await eventually(lambda: history.count("reset") == 1)
        assert await LiveLog(valkey).among([1, 2]) == [1]


async def test_more_than_can_be_put_off_is_read_from_the_log(
    valkey_url: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubbub.platform.live.hub.MOST_PENDING", 5)
    is_judging, may_go_on = asyncio.Event(), asyncio.Event()

    async def judge(account_id: int, entries: Sequence[Entry]) -> Sequence[Entry]:
        is_judging.set()
        await may_go_on.wait()
        return entries

    log = LiveLog(valkey)
    hub = Hub(valkey, log, judge=judge, on_presence=lambda account_id, is_here: None)
    history = await connect(hub, 1)
    await valkey.command("CLIENT", "KILL", "TYPE", "pubsub")
    await log.tell([told(1, 0)])
    await is_judging.wait()
    await log.tell([told(1, number) for number in range(1, 20)])
    await wait_until_heard(valkey)
    may_go_on.set()
    await eventually(lambda: history.has("post 19"))
    assert find_faults(history, {f"post {number}": 0.5 for number in range(20)}) == []
    await hub.close()


async def test_what_is_missed_while_the_first_device_joins_is_read_from_the_log(
    valkey_url: str, valkey: Valkey
) -> None:
    """Also when something later has been heard before the device stands."""
    is_judging, may_go_on = asyncio.Event(), asyncio.Event()

    async def judge(account_id: int, entries: Sequence[Entry]) -> Sequence[Entry]:
        is_judging.set()
        await may_go_on.wait()
        return entries

    log = LiveLog(valkey)
    hub = Hub(valkey, log, judge=judge, on_presence=lambda account_id, is_here: None)
    history, member = History("1", 1), Member(1)
    after = (await log.open(Seat(1, "another"))).newest
    history.hear(Frame(b"ready", b"", after).json, 0.0)
    await log.tell([told(1, 0)])
    history.begin()
    joining = asyncio.create_task(hub.join(member, after=after))
    await is_judging.wait()
    await valkey.command("CLIENT", "KILL", "TYPE", "pubsub")
    await log.tell([told(1, 1)])

    async def is_back() -> bool:
        return bool(await valkey.command("PUBSUB", "NUMSUB", "live:1") == [b"live:1", 1])

    await until(is_back)
    await log.tell([told(1, 2)])
    await wait_until_heard(valkey)
    may_go_on.set()
    member.start(Outlet(history), await joining, after)
    await eventually(lambda: history.has("post 2"))
    assert find_faults(history, {f"post {number}": 0.5 for number in range(3)}) == []
    await hub.close()


async def wait_until_heard(valkey: Valkey) -> None:
    """Whatever was published before, on the one connection that listens."""
    heard = asyncio.Event()
    await valkey.subscribe("echo", lambda _: heard.set())
    await valkey.publish("echo", b"")
    await heard.wait()
