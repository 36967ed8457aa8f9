"""The sockets of the baseline, which needs Node.js and its packages (`python -m benchmarks.tutorial`)."""

import json
from typing import Any

import pytest

from benchmarks.live.crowd import Crowd, Member, NotOpen
from benchmarks.live.notifiers import their_notifier
from benchmarks.live.probes import Pair
from benchmarks.tutorial import install
from hubbub import bench
from hubbub.bench import Upgrade
from tests.benchmarks.test_tutorial_app import QUERY, App, Start, pytestmark, start
from tests.support.world import Person, World

__all__ = ["pytestmark", "start"]


class Listening:
    """Sockets of some people, and what each has heard."""

    def __init__(self, app: App, people: list[Person]) -> None:
        self._app = app
        self._people = people
        self.heard: dict[int, list[Any]] = {person.id: [] for person in people}

    async def __aenter__(self) -> "Listening":
        signed_in = await self._app.target.sign_in([person.id for person in self._people])
        self._crowd = Crowd(signed_in, self._app.target.stream)
        self._crowd.sink = self._hear
        await self._crowd.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._crowd.drop()

    def _hear(self, member: Member, text: bytes) -> None:
        self.heard[member.person.id].append(json.loads(text))

    async def until(self, frames: int) -> bool:
        return await self._crowd.until_heard(frames, seconds=5)


async def test_likes_and_comments_reach_the_sockets_of_the_author_alone(world: World, start: Start) -> None:
    ada, ben, eve = [await world.person() for _ in range(3)]
    post = int((await world.write(ben))["id"])

    async with start(QUERY) as app, Listening(app, [ada, ben, eve]) as listening:
        await app.answer(ada, "like", subject=post)
        await app.answer(ada, "like", subject=post)
        await app.answer(ben, "like", subject=post)
        await app.answer(eve, "comment", subject=post, text="An answer")
        assert await listening.until(2)

    told = [(frame["data"]["type"], frame["data"]["actor_id"]) for frame in listening.heard[ben.id]]
    assert told == [("like", str(ada.id)), ("comment", str(eve.id))]
    assert (listening.heard[ada.id], listening.heard[eve.id]) == ([], [])


async def test_sockets_without_a_good_token_are_refused(world: World, start: Start) -> None:
    ada = await world.person()

    async with start(QUERY) as app:
        [person] = await app.target.sign_in([ada.id])
        base = app.target.base_url
        good = Crowd([person], lambda *_: Upgrade(base, f"/live?token={person.token}"))
        bad = Crowd([person], lambda *_: Upgrade(base, "/live?token=made-up"))
        await good.open()
        with pytest.raises(NotOpen, match="HTTP 401"):
            await bad.open(seconds=0.5)
        await good.drop()


async def test_the_notifier_makes_rows_and_tells_sockets_of_them(world: World, start: Start) -> None:
    ada, ben = await world.person(), await world.person()
    post = int((await world.write(ben))["id"])

    async with start(QUERY) as app, Listening(app, [ben]) as listening:
        packages = install()
        async with their_notifier(packages, app.target) as notifier:
            pair = Pair(ben.id, post, bench.Person(ada.id))
            await notifier.make([pair] * 3, per_second=1_000)
        assert await listening.until(3)

    assert [frame["data"]["type"] for frame in listening.heard[ben.id]] == ["like"] * 3
