"""Connections that come and go while events are told, and everything goes wrong that may."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from hubbub.errors import Unavailable
from hubbub.platform.live import Entry, Frame, Hub, LiveLog, Member, Opening, Told, TooManyStreams
from hubbub.platform.live.log import MOST_DEVICES
from hubbub.platform.valkey import Valkey, open_valkey
from tests.valkey.server import Server, eventually

ACCOUNTS = (1, 2, 3)
EVENTS = 120


@dataclass
class Client:
    """What a client remembers over its connections: the last id, and all that it was told."""

    account_id: int
    last: bytes = b""
    seen: list[int] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    """How many it had seen when it was told to reload."""
    ids: list[bytes] = field(default_factory=list)
    member: Member | None = None

    is_event_stream = False
    unsent_bytes = 0

    def send(self, frame: Frame) -> None:
        if frame.type == b"n":
            self.seen.append(int(frame.data))
        if frame.type == b"reset":
            self.resets.append(len(self.seen))
        if frame.id:
            self.last = frame.id
            self.ids.append(frame.id)

    def close(self, code: int, reason: str = "") -> None: ...

    async def connect(self, hub: Hub) -> Opening:
        member = Member(self.account_id)
        opening = await hub.join(member, after=self.last)
        self.member = member
        member.start(self, opening, self.last)
        return opening

    def disconnect(self, hub: Hub) -> None:
        if self.member is not None:
            hub.leave(self.member)
            self.member.outlet = None
            self.member = None

    def has_all(self, told: int) -> bool:
        """Whether each event came once and in order, but for what a reset said was left out."""
        if self.seen != sorted(set(self.seen)):
            return False
        missing = [n for n in range(told) if n not in set(self.seen)]
        return all(self._is_excused(number) for number in missing)

    def _is_excused(self, number: int) -> bool:
        before = sum(1 for n in self.seen if n < number)
        return any(reset == before for reset in self.resets)


async def keep_all(account_id: int, entries: Sequence[Entry]) -> Sequence[Entry]:
    return entries


@asynccontextmanager
async def open_hub(url: str, *, presence: list[tuple[int, bool]] | None = None) -> AsyncIterator[Hub]:
    valkey = await open_valkey(url, deadline_seconds=1)
    heard = presence if presence is not None else []
    hub = Hub(
        valkey,
        LiveLog(valkey),
        judge=keep_all,
        on_presence=lambda account_id, is_here: heard.append((account_id, is_here)),
    )
    hub.start()
    yield hub
    await hub.close()
    await valkey.close()


def told(account_id: int, number: int) -> Told:
    return Told(account_id, "n", b"%d" % number, str(number))


async def test_what_is_told_reaches_every_device_of_every_process(valkey_url: str, log: LiveLog) -> None:
    async with open_hub(valkey_url) as one, open_hub(valkey_url) as other:
        clients = [Client(1), Client(1), Client(1), Client(2)]
        for client, hub in zip(clients, (one, one, other, other), strict=True):
            await client.connect(hub)
        await log.tell([told(1, n) for n in range(10)])
        await log.tell([Told(1, "typing", b"{}", is_kept=False)])
        await eventually(lambda: all(len(client.seen) == 10 for client in clients[:3]))
        assert clients[3].seen == []
        assert all(client.seen == list(range(10)) for client in clients[:3])


async def test_presence_is_of_the_first_and_the_last_device(valkey_url: str, valkey: Valkey) -> None:
    heard: list[tuple[int, bool]] = []
    async with open_hub(valkey_url, presence=heard) as hub:
        first, second = Client(1), Client(1)
        await first.connect(hub)
        await second.connect(hub)
        first.disconnect(hub)
        second.disconnect(hub)
        await eventually(lambda: heard == [(1, True), (1, False)])


async def test_one_device_too_many_is_refused(valkey_url: str, valkey: Valkey) -> None:
    async with open_hub(valkey_url) as hub:
        for _ in range(MOST_DEVICES):
            await Client(1).connect(hub)
        with pytest.raises(TooManyStreams):
            await Client(1).connect(hub)
        assert hub.count == MOST_DEVICES


async def test_an_emptied_valkey_is_told_to_whoever_is_connected(valkey_url: str, valkey: Valkey) -> None:
    async with open_hub(valkey_url) as hub:
        client = Client(1)
        await client.connect(hub)
        await valkey.command("FLUSHALL")
        await eventually(lambda: client.resets != [])
        await LiveLog(valkey).tell([told(1, 5)])
        await eventually(lambda: client.seen == [5])


async def test_a_dead_valkey_refuses_and_comes_back(own_server: Server) -> None:
    async with open_hub(own_server.url) as hub:
        client = Client(1)
        await client.connect(hub)
        own_server.kill()
        with pytest.raises(Unavailable):
            await Client(2).connect(hub)
        own_server.start()
        await eventually(lambda: client.resets != [], seconds=10)


@dataclass
class Bustle:
    """Clients that lose their connection, tellers that repeat themselves, and a Valkey that suffers."""

    log: LiveLog
    valkey: Valkey
    hubs: tuple[Hub, Hub]
    chance: random.Random
    is_told: asyncio.Event = field(default_factory=asyncio.Event)

    async def wander(self, client: Client) -> None:
        hub = self.chance.choice(self.hubs)
        await client.connect(hub)
        while not self.is_told.is_set():
            await asyncio.sleep(self.chance.random() * 0.02)
            client.disconnect(hub)
            await asyncio.sleep(self.chance.random() * 0.02)
            hub = self.chance.choice(self.hubs)
            await client.connect(hub)

    async def tell(self, account_id: int) -> None:
        for number in range(EVENTS):
            times = self.chance.choice((1, 2))
            await asyncio.gather(*(self.log.tell([told(account_id, number)]) for _ in range(times)))
            await asyncio.sleep(self.chance.random() * 0.005)

    async def hurt(self, trouble: str) -> None:
        while not self.is_told.is_set():
            await asyncio.sleep(0.05)
            if trouble == "cut":
                await self.valkey.command("CLIENT", "KILL", "TYPE", "pubsub")
            if trouble == "flush" and self.chance.random() < 0.3:
                await self.valkey.command("FLUSHALL")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("trouble", ["none", "cut", "flush"])
async def test_every_event_comes_once_and_in_order(
    valkey_url: str, valkey: Valkey, seed: int, trouble: str
) -> None:
    clients = [Client(account_id) for account_id in ACCOUNTS for _ in range(3)]
    async with open_hub(valkey_url) as one, open_hub(valkey_url) as other:
        bustle = Bustle(LiveLog(valkey), valkey, (one, other), random.Random(seed))
        others = [asyncio.create_task(bustle.wander(client)) for client in clients]
        await eventually(lambda: all(client.last for client in clients))
        others.append(asyncio.create_task(bustle.hurt(trouble)))
        await asyncio.gather(*map(bustle.tell, ACCOUNTS))
        bustle.is_told.set()
        await asyncio.gather(*others)
        # One more: whoever hears it has heard, or was told of, all before it. Logs that were emptied last of
        # all are opened again when that is noticed.
        for number in range(EVENTS, EVENTS + 50):
            await bustle.log.tell([told(account_id, number) for account_id in ACCOUNTS])
            if all(client.seen[-1] == number for client in clients if client.seen):
                break
            await asyncio.sleep(0.1)
        await eventually(lambda: all(client.seen[-1] >= EVENTS for client in clients))
    for client in clients:
        assert client.has_all(EVENTS), (client.seen, client.resets)
        if trouble != "flush":
            assert client.resets == []


def test_a_frame_is_json_on_the_wire_of_both_kinds() -> None:
    frame = Frame(b"feed", b'{"a":1}', b"5-0")
    assert frame.ws[:2] == bytes((0x81, len(frame.json)))
    assert msgspec.json.decode(frame.ws[2:]) == {"id": "5-0", "type": "feed", "data": {"a": 1}}
    assert frame.sse == b"id: 5-0\nevent: feed\ndata: " + frame.json + b"\n\n"
    large = Frame(b"x", b'"' + b"y" * 300 + b'"')
    assert large.ws[:2] == bytes((0x81, 126))
    assert int.from_bytes(large.ws[2:4], "big") == len(large.json)
    assert msgspec.json.decode(large.json) == {"type": "x", "data": "y" * 300}
