import asyncio
from collections.abc import Callable, Collection

import pytest

from hubbub.errors import Unavailable
from hubbub.platform import changes as changes_module
from hubbub.platform.changes import MOST_LEFT, Changes
from hubbub.platform.db import Tx, note_change
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from tests.support.world import World


class Heard:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.gaps = 0

    def hear(self, ids: Collection[int]) -> None:
        self.ids += sorted(ids)

    async def spread(self, ids: Collection[int]) -> None:
        self.ids += sorted(ids)

    def gap(self) -> None:
        self.gaps += 1


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen within 5 seconds")


@pytest.fixture
async def two(valkey_url: str) -> tuple[Changes, Changes, Valkey]:
    valkey = await open_valkey(valkey_url, deadline_seconds=2)
    here, there = Changes(valkey), Changes(valkey)
    await here.start()
    await there.start()
    return here, there, valkey


async def test_a_change_is_heard_here_at_once_and_elsewhere_soon(
    two: tuple[Changes, Changes, Valkey],
) -> None:
    here, there, valkey = two
    heard_here, heard_there = Heard(), Heard()
    here.on("post", hear=heard_here.hear)
    there.on("post", hear=heard_there.hear)
    await here.spread({"post": {3, 1}, "unknown": {9}})
    assert heard_here.ids == [1, 3]
    await _until(lambda: heard_there.ids == [1, 3])
    assert heard_here.ids == [1, 3]
    await valkey.close()


async def test_a_spread_runs_only_where_the_change_was_made(two: tuple[Changes, Changes, Valkey]) -> None:
    here, there, valkey = two
    spread_here, spread_there, last = Heard(), Heard(), Heard()
    here.on("relations", spread=spread_here.spread)
    there.on("relations", spread=spread_there.spread)
    there.on("post", hear=last.hear)
    here.on("post", hear=lambda ids: None)
    await here.spread({"relations": {7}})
    await here.spread({"post": {8}})
    await _until(lambda: last.ids == [8])
    assert (spread_here.ids, spread_there.ids) == ([7], [])
    await valkey.close()


async def test_without_valkey_a_change_still_counts_here_and_the_repeat_says_so(
    two: tuple[Changes, Changes, Valkey],
) -> None:
    here, _, valkey = two

    async def fail(ids: Collection[int]) -> None:
        raise ValkeyUnavailable("away")

    heard = Heard()
    here.on("post", hear=heard.hear, spread=fail)
    await here.spread({"post": {1}})
    assert heard.ids == [1]
    with pytest.raises(Unavailable):
        await here.spread_again({"post": {1}})
    await valkey.close()


async def test_what_valkey_did_not_take_is_spread_once_it_does(
    two: tuple[Changes, Changes, Valkey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "RETRY_SECONDS", 0.01)
    here, there, valkey = two
    failures, spread, heard = [ValkeyUnavailable("away")] * 3, Heard(), Heard()

    async def fail_at_first(ids: Collection[int]) -> None:
        if failures:
            raise failures.pop()
        await spread.spread(ids)

    here.on("reactions", spread=fail_at_first)
    there.on("counts", hear=heard.hear)
    here.on("counts", hear=lambda ids: None)
    await here.spread({"reactions": {1}})
    await here.spread({"reactions": {2}, "counts": {7}})

    await _until(lambda: spread.ids == [1, 2])
    assert heard.ids[0] == 7
    await here.close()
    await valkey.close()


async def test_closing_gives_up_what_valkey_does_not_take(two: tuple[Changes, Changes, Valkey]) -> None:
    here, _, valkey = two

    async def fail(ids: Collection[int]) -> None:
        raise ValkeyUnavailable("away")

    here.on("reactions", spread=fail)
    await here.spread({"reactions": set(range(20_000))})
    assert len(here._left["reactions"]) == MOST_LEFT

    await here.close()

    assert here._retrying is None
    await valkey.close()


async def test_what_cannot_be_read_counts_as_a_gap(two: tuple[Changes, Changes, Valkey]) -> None:
    here, _, valkey = two
    heard = Heard()
    here.on("post", hear=heard.hear, on_gap=heard.gap)
    before = heard.gaps
    await valkey.publish("changes", b"nonsense")
    await _until(lambda: heard.gaps == before + 1)
    await valkey.close()


async def test_changes_are_spread_after_a_commit_before_the_caller_goes_on(world: World) -> None:
    heard = Heard()
    world.services.changes.on("thing", hear=heard.hear)

    async def effect(tx: Tx) -> None:
        note_change("thing", 5)
        assert heard.ids == []

    await world.db.write(effect)
    assert heard.ids == [5]


async def test_nothing_is_spread_of_what_was_rolled_back_or_rehearsed(world: World) -> None:
    heard = Heard()
    world.services.changes.on("thing", hear=heard.hear)

    async def effect(tx: Tx) -> None:
        note_change("thing", 5)

    async def failing(tx: Tx) -> None:
        note_change("thing", 5)
        raise KeyError

    await world.db.rehearse(effect)
    with pytest.raises(KeyError):
        await world.db.write(failing)
    assert heard.ids == []
