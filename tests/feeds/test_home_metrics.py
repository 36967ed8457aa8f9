"""What operators are told of where home pages come from."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.homes import PAGES, REBUILDS, Homes
from hubbub.platform.cache import LOOKUPS
from tests.support.world import World

HOME = "/v1/feeds/home"


def numbers() -> tuple[int, ...]:
    return (*(PAGES.value(source) for source in ("database", "list", "kept")), REBUILDS.value("done"))


async def test_pages_are_counted_by_where_they_come_from(world: World) -> None:
    reader = await world.person()
    await world.write(reader)
    await world.settle()
    before = numbers()

    await world.warm_home(reader)
    await world.get(HOME, by=reader)

    assert [now - then for now, then in zip(numbers(), before, strict=True)] == [1, 1, 1, 1]


async def test_what_caches_hold_is_counted(world: World) -> None:
    post = await world.write(await world.person())
    before = LOOKUPS.value("posts", "missing"), LOOKUPS.value("posts", "found")

    for _ in range(3):
        await world.get(f"/v1/posts/{post['id']}")

    assert LOOKUPS.value("posts", "missing") == before[0] + 1
    assert LOOKUPS.value("posts", "found") == before[1] + 2


async def test_rebuild_that_ends_badly_is_logged_once_and_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reader = await world.person()
    failed = REBUILDS.value("failed")

    async def finish(self: HomeLists, account_id: int, token: bytes, ids: Sequence[int], **rest: Any) -> bool:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(HomeLists, "finish", finish)
    await world.get(HOME, by=reader)
    await asyncio.gather(*world.services.part(Homes).rebuilding.values(), return_exceptions=True)

    assert REBUILDS.value("failed") == failed + 1
    assert [record.getMessage() for record in caplog.records if record.name == "hubbub.feeds.rebuilding"] == [
        "rebuilding a home list ended badly"
    ]
    assert world.services.part(Homes).rebuilding == {}
