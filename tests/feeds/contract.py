"""A history of several people on two processes whose Valkey suffers, and what their home feeds must hold.

What should be there is computed from PostgreSQL with the one rule of visibility, never from a cache.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hubbub.feeds.celebrities import Celebrities
from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.homes import Homes
from hubbub.platform.paging import Window
from hubbub.platform.valkey import ValkeyUnavailable
from tests.feeds.deeds import Deeds
from tests.feeds.truth import Truth, load_truth, original_of
from tests.support.world import Person, World
from tests.valkey.server import Server

HOME = "/v1/feeds/home"
PEOPLE = 5
# A change is answered before another process has taken its message from the socket, by some milliseconds.
HEARD_SECONDS = 2.0


@dataclass
class Contract(Deeds):
    """Every action is a method: what people do, what becomes of Valkey, and what time brings."""

    server: Server = field(kw_only=True)
    did: list[str] = field(default_factory=list)
    is_up: bool = True
    ready: int = 0
    """Lists that stood when everybody had read."""

    async def begin(self) -> None:
        self.people = [await self.worlds[0].person() for _ in range(PEOPLE)]
        for who in self.people:
            made = await self.worlds[0].post("/v1/lists", by=who, json={"title": "Apart", "exclusive": True})
            self.lists[who.id] = made.json()["id"]
        follows, writes = ["follow"] * 10, ["write", "write", "repost", "settle"]
        for action in [*follows, *writes, "warm", "save", "a_minute_passes", "flood", "settle"]:
            await self.do(action)

    async def live(self, actions: Sequence[str], count: int) -> None:
        for action in self.random.choices(actions, k=count):
            self.did.append(action)
            await self.do(action)
            if self.random.random() < 0.5:
                await self.read()

    async def do(self, action: str) -> None:
        await getattr(self, action)()

    # What becomes of Valkey

    async def valkey(self, *command: str) -> Any:
        if not self.is_up:
            return None
        async with asyncio.timeout(10):
            while True:
                try:
                    return await self.worlds[0].services.valkey.command(*command)
                except ValkeyUnavailable:
                    await asyncio.sleep(0.01)

    async def flush(self) -> None:
        await self.valkey("FLUSHALL")

    async def evict(self) -> None:
        for _ in range(3):
            key = await self.valkey("RANDOMKEY")
            if key:
                await self.valkey("DEL", key)

    async def save(self) -> None:
        await self.valkey("SAVE")

    async def crash(self) -> None:
        """Dead until it is started."""
        if self.is_up:
            self.server.kill()
            self.is_up = False

    async def start_empty(self) -> None:
        await self.crash()
        self.server.snapshot.unlink(missing_ok=True)
        await self.start_from_snapshot()

    async def start_from_snapshot(self) -> None:
        await self.crash()
        await self.start()

    async def start(self) -> None:
        if self.is_up:
            return
        self.server.start()
        self.is_up = True
        async with asyncio.timeout(10):
            while not all(self.is_well(world) for world in self.worlds):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def is_well(self, world: World) -> bool:
        return world.services.changes.is_listening and world.services.valkey.is_available

    async def a_minute_passes(self) -> None:
        """For celebrities: from now on nothing of theirs is pushed, as every process has heard of them."""
        world = self.worlds[0]
        async with world.db.transaction() as tx:
            await tx.execute("UPDATE celebrities SET since = since - interval '2 minutes'")
            ids = [row["account_id"] for row in await tx.fetch("SELECT account_id FROM celebrities")]
        for world in self.worlds:
            celebrities = world.services.part(Celebrities)
            celebrities.refresh_soon()
            async with asyncio.timeout(5):
                while not all(map(celebrities.is_retired, ids)):  # noqa: ASYNC110
                    await asyncio.sleep(0.002)

    # What the worker does

    async def work(self) -> None:
        """Whatever is due; in an outage it is put off."""
        await self.random.choice(self.worlds).settle()

    async def settle(self) -> None:
        await self.start()
        async with self.worlds[0].db.transaction() as tx:
            await tx.execute("UPDATE outbox SET not_before = clock_timestamp() - interval '1 s'")
        await self.work()
        assert await self.worlds[0].value("SELECT count(*) FROM outbox") == 0
        assert await self.worlds[0].value("SELECT count(*) FROM dead_letters") == 0
        self.unsettled.clear()

    # What must hold

    async def warm(self) -> None:
        """Lists stand, and pages are kept."""
        for world in self.worlds:
            for reader in self.readers():
                await world.get(HOME, by=reader)
            await asyncio.gather(*world.services.part(Homes).rebuilding.values())
        if self.is_up:
            lists = self.worlds[0].services.part(HomeLists)
            looks = [await lists.look(reader.id, Window(limit=1)) for reader in self.readers()]
            self.ready += sum(look.is_ready for look in looks)

    async def read(self) -> None:
        """Any pages at any moment, on each process; at once on the one that changed something last."""
        reader, limit = self.anyone(), self.random.choice((1, 2, 3, 5, 20))
        for world in self.random.sample(self.worlds, 2):
            if world is self.changed:
                await self.check(world, reader, limit)
            else:
                await self.soon(partial(self.check, world, reader, limit))

    async def check(self, world: World, reader: Person, limit: int) -> None:
        await self.check_top(world, reader, limit)
        await self.check_posts(world, reader)

    async def soon(self, check: Callable[[], Awaitable[None]]) -> None:
        """Another process acts on a message that it has not read yet a moment later."""
        ends_at = asyncio.get_running_loop().time() + HEARD_SECONDS
        while True:
            try:
                return await check()
            except AssertionError:
                if asyncio.get_running_loop().time() > ends_at:
                    raise
                await asyncio.sleep(0.01)

    async def check_top(self, world: World, reader: Person, limit: int) -> None:
        """All that is there but what is on its way, and nothing else."""
        truth = await load_truth(world, reader)
        page = await self.page(world, reader, f"{HOME}?limit={limit}")
        ids = self.check_items(page["items"], truth)
        assert set(ids) <= set(truth.home), "something that is not of this feed"
        last = ids[-1] if page["next"] else 0
        missing = {id_ for id_ in truth.home if id_ >= last} - set(ids)
        assert missing <= self.unsettled, "a hole"

    async def check_posts(self, world: World, reader: Person) -> None:
        asked = self.posts[-50:]
        truth = await load_truth(world, reader)
        reply = await world.get("/v1/posts?ids=" + ",".join(asked), by=reader) if asked else None
        if reply is not None:
            found = self.check_items(reply.json()["items"], truth, is_home=False)
            assert set(found) == {id_ for id_ in map(int, asked) if truth.hydrated.find(id_)}

    def check_items(self, items: list[dict[str, Any]], truth: Truth, *, is_home: bool = True) -> list[int]:
        for item in items:
            post = truth.hydrated.find(int(item["id"]))
            assert post is not None, "an item that this reader may not see"
            original = truth.hydrated.find(post.repost_of)
            quote = truth.hydrated.find((original or post).quote_of)
            shown = item["repost_of"] or item
            assert shown["text"] == (original or post).text, "text of before an edit"
            assert (shown["quote"] is not None) == (quote is not None), "a quote that is hidden, or is not"
            if is_home:
                by = [int(card["id"]) for card in item["reposted_by"]]
                assert by == truth.by.get(original_of(post), [])[:5], "who passed it on"
        ids = [int(item["id"]) for item in items]
        assert not is_home or ids == sorted(set(ids), reverse=True), "order"
        return ids

    async def page(self, world: World, reader: Person, path: str) -> dict[str, Any]:
        reply = await world.get(path, by=reader)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def readers(self) -> list[Person]:
        return [who for who in self.people if who.id not in self.suspended]

    async def check_everything(self) -> None:
        """Everybody's home from top to bottom and back again is what PostgreSQL says."""
        await self.settle()
        await self.soon(self.check_every_top)
        for reader in self.readers():
            await self.check_pages(reader)

    async def check_every_top(self) -> None:
        for world in self.worlds:
            for reader in self.readers():
                await self.check_top(world, reader, 100)

    async def check_pages(self, reader: Person) -> None:
        """While others write, whose posts neither repeat nor hide any that were there."""
        expected = (await load_truth(self.worlds[0], reader)).home
        down = await self.walk(reader, "", "next")
        assert [id_ for page in down.pages for id_ in page] == expected, "going down"
        if not down.other:
            assert len(down.pages) == 1
            return
        up = await self.walk(reader, down.other, "prev")
        found = [*(id_ for page in reversed(up.pages) for id_ in page), *down.pages[-1]]
        newer = [id_ for id_ in found if not expected or id_ > expected[0]]
        assert found == [*newer, *expected], "going up"
        assert set(newer) <= set(map(int, self.posts)), "going up, above what was there"

    async def walk(self, reader: Person, cursor: str, way: str) -> "Walk":
        pages: list[list[int]] = []
        while True:
            limit = self.random.choice((1, 2, 3, 7))
            path = f"{HOME}?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            page = await self.page(self.random.choice(self.worlds), reader, path)
            pages.append([int(item["id"]) for item in page["items"]])
            assert len(pages[-1]) == limit or page[way] is None, "a page that is not full"
            if page[way] is None:
                return Walk(pages, page["prev" if way == "next" else "next"] or "")
            cursor = page[way]
            if self.random.random() < 0.2 and len(pages) < 20:
                await self.write()
                await self.random.choice(self.worlds).settle()


@dataclass(frozen=True)
class Walk:
    pages: list[list[int]]
    other: str
    """The cursor that leads the other way from the last page."""


ACTIONS = (
    *(
        "write",
        "write",
        "write",
        "repost",
        "repost",
        "unrepost",
        "quote",
        "comment",
        "delete",
        "edit",
        "hide",
    ),
    *("follow", "follow", "unfollow", "remove", "accept", "block", "unblock", "unblock", "mute", "unmute"),
    *("turn_private", "set_apart", "take_back", "suspend", "warm", "warm", "warm"),
    *("work", "work", "settle", "settle", "a_minute_passes", "a_minute_passes"),
)
FAULTS = (
    *("flush", "evict", "save", "save", "crash", "start_empty"),
    *("start_from_snapshot", "start_from_snapshot"),
)
