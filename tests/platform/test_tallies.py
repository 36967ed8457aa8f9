"""Counts kept in a process while they change, here and elsewhere, in the middle of being read."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest

from hubbub.platform import tallies as tallies_module
from hubbub.platform.counters import CountKind, add_counts
from hubbub.platform.tallies import Tallies, Tally
from tests.support.world import World

POST = 5
Like = Callable[[], Awaitable[None]]


class Paused(Tallies):
    """The next read waits after the database has answered."""

    def __init__(self, world: World) -> None:
        super().__init__(world.db)
        self.has_read = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    def pause(self) -> None:
        self.has_read.clear()
        self.may_go_on.clear()

    async def _load(self, subject_ids: Collection[int]) -> dict[int, Tally]:
        found = await super()._load(subject_ids)
        self.has_read.set()
        await self.may_go_on.wait()
        return found

    async def likes(self, *, is_exact: bool = False) -> int:
        return (await self.load([POST], is_exact=is_exact))[POST].counts[CountKind.LIKES]


@pytest.fixture
async def tallies(world: World, monkeypatch: pytest.MonkeyPatch) -> Paused:
    monkeypatch.setattr(tallies_module, "RENEW_SECONDS", 0.01)
    return Paused(world)


@pytest.fixture
def like(world: World) -> Like:
    """A like that is counted without a word to anybody."""

    async def like() -> None:
        async with world.db.transaction() as tx:
            await add_counts(tx, [(POST, CountKind.LIKES, 1)])

    return like


async def _until_likes(tallies: Paused, likes: int) -> None:
    async with asyncio.timeout(5):
        while await tallies.likes() != likes:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_change_elsewhere_is_renewed_without_a_reader_waiting(tallies: Paused, like: Like) -> None:
    assert await tallies.likes() == 0
    await like()

    tallies.changed_elsewhere([POST])

    assert await tallies.likes() == 0
    await _until_likes(tallies, 1)


async def test_change_elsewhere_during_the_first_read_is_renewed_too(tallies: Paused, like: Like) -> None:
    tallies.pause()
    reading = asyncio.create_task(tallies.likes())
    await tallies.has_read.wait()
    await like()

    tallies.changed_elsewhere([POST])
    tallies.may_go_on.set()
    await reading

    await _until_likes(tallies, 1)


async def test_first_read_that_takes_longer_than_its_renewal_is_renewed_again(
    tallies: Paused, like: Like
) -> None:
    tallies.pause()
    reading = asyncio.create_task(tallies.likes())
    await tallies.has_read.wait()
    slow, tallies.may_go_on = tallies.may_go_on, asyncio.Event()
    tallies.may_go_on.set()
    tallies.has_read.clear()
    await like()
    tallies.changed_elsewhere([POST])
    await tallies.has_read.wait()

    slow.set()
    await reading

    await _until_likes(tallies, 1)


async def test_exact_read_does_not_get_what_is_being_renewed(tallies: Paused, like: Like) -> None:
    assert await tallies.likes() == 0
    await like()
    tallies.pause()
    tallies.has_read.clear()
    tallies.changed_elsewhere([POST])
    await tallies.has_read.wait()
    tallies.may_go_on.set()

    assert await tallies.likes(is_exact=True) == 1


async def test_renewal_under_way_brings_nothing_back_that_a_gap_made_doubtful(
    tallies: Paused, like: Like
) -> None:
    assert await tallies.likes() == 0
    tallies.pause()
    tallies.has_read.clear()
    tallies.changed_elsewhere([POST])
    await tallies.has_read.wait()
    renewing, tallies.may_go_on = tallies.may_go_on, asyncio.Event()
    tallies.may_go_on.set()
    await like()

    tallies.forget_all()
    assert await tallies.likes() == 1
    renewing.set()
    await asyncio.sleep(0.05)

    assert await tallies.likes() == 1
