"""The whole system with its real processes, whose workers are killed again and again while people write.

HUBBUB_TEST_PROFILE=long kills sixty.
"""

import asyncio
import os
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx
import pytest

from hubbub.platform.engines.ports import claim_port
from tests.events.processes import running, start
from tests.events.samples import until
from tests.support.drift import find_drift, home_by_sql
from tests.support.world import Person, World

IS_LONG = os.environ.get("HUBBUB_TEST_PROFILE") == "long"
pytestmark = pytest.mark.timeout(900 if IS_LONG else 120)
KILLS = 60 if IS_LONG else 8
PEOPLE = 6
QUIET_SECONDS = 30.0

# Whatever the worker has to do about likes of comments, seen beside the likes themselves.
WRONG_RANKS = """
SELECT post_id FROM comment_ranks AS ranks
WHERE likes <> (SELECT count(*) FROM reactions WHERE reactions.post_id = ranks.post_id AND kind = 1)
"""


class Client:
    """One person who writes and reads now and then, at one API process or another."""

    def __init__(self, http: Sequence[httpx.AsyncClient], me: Person, people: Sequence[Person]) -> None:
        self._http = http
        self._me = me
        self._people = [person for person in people if person is not me]
        self._rng = random.Random(me.handle)
        self.sent = 0

    async def run(self, post_ids: list[str], is_over: asyncio.Event) -> None:
        verbs = [self._write, self._comment, self._comment, self._like, self._like, self._follow, self._read]
        while not is_over.is_set():
            await self._rng.choice(verbs)(post_ids)
            await asyncio.sleep(self._rng.uniform(0, 0.1))

    async def _write(self, post_ids: list[str]) -> None:
        reply = await self._send("POST", "/v1/posts", json={"text": "A few words"})
        post_ids.append(reply.json()["id"])

    async def _comment(self, post_ids: list[str]) -> None:
        on = self._rng.choice(post_ids)
        reply = await self._send("POST", f"/v1/posts/{on}/comments", json={"text": "An answer"})
        post_ids.append(reply.json()["id"])

    async def _like(self, post_ids: list[str]) -> None:
        on = self._rng.choice(post_ids[-30:])
        await self._send(self._rng.choice(["PUT", "PUT", "DELETE"]), f"/v1/posts/{on}/like")

    async def _follow(self, post_ids: list[str]) -> None:
        whom = self._rng.choice(self._people)
        await self._send(self._rng.choice(["PUT", "PUT", "DELETE"]), f"/v1/accounts/{whom.id}/follow")

    async def _read(self, post_ids: list[str]) -> None:
        """Whoever reads has a home list from then on, to which workers push."""
        await self._send("GET", "/v1/feeds/home")

    async def _send(self, method: str, path: str, **rest: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._me.token}"}
        http = self._rng.choice(self._http)
        reply = await http.request(method, path, headers=headers, **rest)  # type: ignore[arg-type]
        assert reply.is_success, reply.text
        self.sent += 1
        return reply


async def test_killed_workers_lose_no_event_and_double_no_effect(world: World) -> None:
    people = [await world.person() for _ in range(PEOPLE)]
    first = await world.write(people[0])
    settings = world.services.settings
    is_over = asyncio.Event()
    async with AsyncExitStack() as stack:
        apis = [await _open_api(stack, world) for _ in range(2)]
        clients = [Client(apis, person, people) for person in people]
        post_ids = [first["id"]]
        writing = [asyncio.create_task(client.run(post_ids, is_over)) for client in clients]
        died_at_work = await _kill_workers(world)
        is_over.set()
        await asyncio.gather(*writing)

        async with running("work", settings), running("work", settings):
            await until(lambda: _is_quiet(world), seconds=QUIET_SECONDS)
        feeds = {person: await _home(apis[0], person) for person in people}

    assert died_at_work >= KILLS / 4
    assert sum(client.sent for client in clients) > 10 * KILLS
    assert await world.value("SELECT count(*) FROM dead_letters") == 0
    assert await world.rows(WRONG_RANKS) == []
    async with world.db.connection() as tx:
        assert await find_drift(tx) == []
        for person, feed in feeds.items():
            assert feed == await home_by_sql(tx, person.id, 10_000)


async def _open_api(stack: AsyncExitStack, world: World) -> httpx.AsyncClient:
    port = claim_port(0, setting="HUBBUB_PORT")
    await stack.enter_async_context(running("serve", world.services.settings, port=port))
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20))

    async def answers() -> bool:
        try:
            return (await http.get("/health/ready")).is_success
        except httpx.TransportError:
            return False

    await until(answers, seconds=20)
    return http


async def _kill_workers(world: World) -> int:
    """Two at a time, each at a random moment after events were handled; how many died at work."""
    rng = random.Random(5)

    async def live() -> bool:
        newest = await world.value("SELECT coalesce(max(id), 0) FROM outbox")
        waiting = await _waiting(world, newest)

        async def is_at_work() -> bool:
            return await _waiting(world, newest) < waiting

        worker = await start("work", world.services.settings)
        try:
            await until(is_at_work, seconds=15)
            await asyncio.sleep(rng.uniform(0, 0.7))
            is_good = True
        except TimeoutError:
            is_good = False
        errors = await worker.kill()
        assert "Traceback" not in errors, errors
        return is_good

    deaths = [await asyncio.gather(live(), live()) for _ in range(KILLS // 2)]
    return sum(map(sum, deaths))


async def _waiting(world: World, newest: int) -> int:
    count: int = await world.value("SELECT count(*) FROM outbox WHERE id <= $1", newest)
    return count


async def _is_quiet(world: World) -> bool:
    left: int = await world.value(
        "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM count_deltas)"
    )
    return left == 0


async def _home(http: httpx.AsyncClient, person: Person) -> list[str]:
    """The whole feed, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        headers = {"Authorization": f"Bearer {person.token}"}
        reply = await http.get("/v1/feeds/home", headers=headers, params=query)
        page = reply.raise_for_status().json()
        found += [item["id"] for item in page["items"]]
        cursor = page.get("next")
        if not cursor:
            return found
