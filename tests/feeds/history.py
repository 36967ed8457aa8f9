"""Random histories of one home list, and what a list that says it is ready must hold at any moment."""

import random
from dataclasses import dataclass, field

from hubbub.feeds.home_lists import HomeLists, Look
from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window
from hubbub.platform.stamps import stamp_key
from hubbub.platform.valkey import Valkey

ME = 31
BASE = 7_000_000_000_000_000_000
LENGTH = 6
ACTIONS = (
    *("post", "deliver", "deliver_again", "begin", "read", "finish", "look") * 4,
    *("rebuild", "rebuild", "drop", "flush", "lose_stamp"),
)


@dataclass
class Build:
    token: bytes
    read: list[int] | None = None


@dataclass
class History:
    """Posts are written, and delivered some time later, out of order and again, while lists come and go."""

    valkey: Valkey
    lists: HomeLists
    random: random.Random
    written: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    delivered: set[int] = field(default_factory=set)
    builds: list[Build] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    """Where readers may go on."""
    ready_looks: int = 0

    async def do(self, action: str) -> None:
        await getattr(self, action)()

    async def post(self) -> None:
        """Ids of several processes are only nearly in order."""
        for _ in range(self.random.choice((1, 1, 2, 3, 30))):
            number = BASE + 10 * len(self.written) + self.random.randrange(60)
            if number not in self.written:
                self.written.append(number)
                self.waiting.append(number)

    async def deliver(self) -> None:
        self.random.shuffle(self.waiting)
        count = self.random.randint(0, len(self.waiting))
        now, self.waiting = self.waiting[:count], self.waiting[count:]
        size = self.random.choice((1, 2, 50))
        for start in range(0, len(now), size):
            await self.lists.push([ME, ME + 1], now[start : start + size])
        self.delivered |= set(now)

    async def deliver_again(self) -> None:
        again = self.random.sample(self.written, min(len(self.written), 4))
        known = [id_ for id_ in again if id_ in self.delivered]
        await self.lists.push([ME], known)

    async def begin(self) -> None:
        building = await self.lists.begin(ME)
        if building.token:
            self.builds.append(Build(building.token))

    async def read(self) -> None:
        for build in self.builds:
            if build.read is None:
                build.read = sorted(self.written, reverse=True)[:LENGTH]

    async def finish(self) -> None:
        done = [build for build in self.builds if build.read is not None]
        if done:
            build = self.random.choice(done)
            self.builds.remove(build)
            read = build.read or []
            floor = read[-1] if len(read) == LENGTH else 0
            await self.lists.finish(ME, build.token, read, floor=floor)

    async def rebuild(self) -> None:
        for step in (self.begin, self.read, self.finish):
            await step()

    async def drop(self) -> None:
        await self.lists.drop([ME])

    async def flush(self) -> None:
        await self.valkey.command("FLUSHALL")

    async def lose_stamp(self) -> None:
        await self.valkey.delete(stamp_key(ME))

    async def look(self) -> None:
        spread = 10 * len(self.written) + 80
        window = Window(
            limit=self.random.choice((1, 3, 10, 100)),
            position=self.random.choice((MAX_ID, BASE + self.random.randrange(spread), 0, *self.seen[-3:])),
            is_back=self.random.random() < 0.4,
        )
        found = await self.lists.look(ME, window)
        if found.is_ready:
            self.ready_looks += 1
            self.check(found, window)
            self.seen += found.ids[-2:]

    def check(self, found: Look, window: Window) -> None:
        ids = list(found.ids)
        assert ids == sorted(set(ids), reverse=not window.is_back)
        assert len(ids) <= window.limit
        assert all(id_ in self.written and id_ > found.floor for id_ in ids)
        if window.is_back:
            assert all(id_ > window.position for id_ in ids)
            asked = {id_ for id_ in self.delivered if id_ > window.position}
            passed = {id_ for id_ in asked if len(ids) < window.limit or id_ < ids[-1]}
            has_said = window.position >= found.floor
        else:
            assert all(id_ < window.position for id_ in ids)
            asked = {id_ for id_ in self.delivered if found.floor < id_ < window.position}
            passed = {id_ for id_ in asked if len(ids) < window.limit or id_ > ids[-1]}
            has_said = True
        assert passed <= set(ids) or not has_said
        assert ids == [] or has_said

    async def settle(self) -> None:
        """All is delivered: then the list is what the database says, above its floor."""
        await self.lists.push([ME], self.waiting)
        await self.rebuild()
        found = await self.lists.look(ME, Window(limit=1000))
        if found.is_ready:
            self.ready_looks += 1
            assert list(found.ids) == sorted((i for i in self.written if i > found.floor), reverse=True)
