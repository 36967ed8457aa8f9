"""Writes that share a statement: who is together, who is answered what, and who harms nobody."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar

import pytest

from hubbub.errors import Unavailable
from hubbub.platform import batching
from hubbub.platform.batching import Batcher, TooManyWrites


class Refused(Exception):
    pass


class Desk:
    """Writes strings of the form key:word; each batch stays under way until it is let go."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.batches: list[list[str]] = []
        self.written: list[str] = []
        self.bad: set[str] = set()
        self.slow: set[str] = set()
        self.gate = asyncio.Event()
        if is_open:
            self.gate.set()

    async def write(self, items: Sequence[str], seconds: float) -> list[str]:
        self.batches.append(list(items))
        await self.gate.wait()
        if self.slow.intersection(items):
            try:
                async with asyncio.timeout(seconds):
                    await asyncio.Event().wait()
            except TimeoutError:
                raise Unavailable("held up") from None
        for item in items:
            if item in self.bad:
                raise Refused(item)
        self.written += items
        return [f"{item} done" for item in items]

    def batcher(self, *, seconds: float = 5, most: int = 200, most_waiting: int = 2_000) -> Batcher[str, str]:
        return Batcher(
            self.write,
            key=lambda item: item.partition(":")[0],
            seconds=seconds,
            most=most,
            most_waiting=most_waiting,
        )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what is waited for is deep inside
            await asyncio.sleep(0.001)


def ask(batcher: Batcher[str, str], *items: str) -> "list[asyncio.Task[str]]":
    return [asyncio.get_running_loop().create_task(batcher.write(item)) for item in items]


async def test_each_caller_gets_the_result_of_its_own_item() -> None:
    batcher = Desk().batcher()

    answers = await asyncio.gather(*ask(batcher, *(f"{n}:x" for n in range(50))))

    assert answers == [f"{n}:x done" for n in range(50)]


async def test_what_arrives_while_a_batch_is_under_way_makes_up_the_next_one() -> None:
    desk = Desk(is_open=False)
    batcher = desk.batcher()
    first = ask(batcher, "a:1")
    await until(lambda: len(desk.batches) == 1)

    others = ask(batcher, "b:1", "c:1", "d:1")
    await asyncio.sleep(0)
    desk.gate.set()
    await asyncio.gather(*first, *others)

    assert desk.batches == [["a:1"], ["b:1", "c:1", "d:1"]]


async def test_caller_alone_is_written_without_waiting_for_company() -> None:
    desk = Desk()
    batcher = desk.batcher()
    loop = asyncio.get_running_loop()

    fastest = 1.0
    for number in range(5):
        started = loop.time()
        await batcher.write(f"{number}:x")
        fastest = min(fastest, loop.time() - started)

    assert fastest < 0.002
    assert len(desk.batches) == 5


async def test_batch_holds_no_more_than_it_may() -> None:
    desk = Desk()
    batcher = desk.batcher(most=4)

    await asyncio.gather(*ask(batcher, *(f"{n}:x" for n in range(10))))

    assert [len(batch) for batch in desk.batches] == [4, 4, 2]


async def test_items_of_one_key_keep_their_order_in_batches_of_their_own() -> None:
    desk = Desk()
    batcher = desk.batcher()

    await asyncio.gather(*ask(batcher, "a:on", "b:on", "a:off", "c:on", "a:again", "b:off"))

    assert desk.batches == [["a:on", "b:on", "c:on"], ["a:off", "b:off"], ["a:again"]]


async def test_full_queue_refuses_at_once() -> None:
    desk = Desk(is_open=False)
    batcher = desk.batcher(most=2, most_waiting=3)
    asked = ask(batcher, "a:1")
    await until(lambda: len(desk.batches) == 1)
    asked += ask(batcher, "b:1", "c:1", "d:1")
    await asyncio.sleep(0)

    with pytest.raises(TooManyWrites):
        await batcher.write("e:1")

    desk.gate.set()
    assert len(await asyncio.gather(*asked)) == 4


async def test_one_bad_item_fails_alone() -> None:
    desk = Desk()
    desk.bad = {"c:1"}
    batcher = desk.batcher()

    answers = await asyncio.gather(*ask(batcher, *(f"{key}:1" for key in "abcdef")), return_exceptions=True)

    assert [isinstance(answer, Refused) for answer in answers] == [key == "c" for key in "abcdef"]
    assert sorted(desk.written) == ["a:1", "b:1", "d:1", "e:1", "f:1"]


async def test_item_that_is_held_up_delays_the_others_of_its_batch_but_does_not_fail_them() -> None:
    desk = Desk()
    desk.slow = {"b:1"}
    batcher = desk.batcher(seconds=0.4)

    answers = await asyncio.gather(*ask(batcher, "a:1", "b:1", "c:1"), return_exceptions=True)

    assert [answer if isinstance(answer, str) else type(answer) for answer in answers] == [
        "a:1 done",
        Unavailable,
        "c:1 done",
    ]


async def test_what_comes_after_goes_on_beside_a_batch_that_is_held_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "PATIENCE_SECONDS", 0.01)
    desk = Desk()
    desk.slow = {"slow:1"}
    batcher = desk.batcher(seconds=5)
    [held_up] = ask(batcher, "slow:1")
    await until(lambda: len(desk.batches) == 1)
    behind = ask(batcher, "slow:2", "a:1")

    async with asyncio.timeout(2):
        assert await behind[1] == "a:1 done"
        assert await batcher.write("b:1") == "b:1 done"

    assert not held_up.done()
    assert desk.written == ["a:1", "b:1"]  # and nothing overtakes an item of its own key
    desk.slow = set()
    held_up.cancel()
    behind[0].cancel()


async def test_one_batch_at_a_time_again_once_those_that_were_held_up_are_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "PATIENCE_SECONDS", 0.01)
    desk = Desk()
    desk.slow = {"slow:1", "slower:1"}
    batcher = desk.batcher(seconds=0.2)
    answers = await asyncio.gather(*ask(batcher, "slow:1"), *ask(batcher, "slower:1"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 2
    desk.gate.clear()

    first = ask(batcher, "a:1")
    await until(lambda: desk.batches[-1] == ["a:1"])
    others = ask(batcher, "b:1", "c:1")
    await asyncio.sleep(0)
    desk.gate.set()

    async with asyncio.timeout(2):
        await asyncio.gather(*first, *others)
    assert desk.batches[-2:] == [["a:1"], ["b:1", "c:1"]]


async def test_outage_is_told_to_everybody_without_trying_each() -> None:
    tries = []

    async def write(items: Sequence[str], seconds: float) -> list[str]:
        tries.append(len(items))
        raise Unavailable("nobody is there")

    batcher: Batcher[str, str] = Batcher(write, key=lambda item: item, seconds=5)

    answers = await asyncio.gather(*ask(batcher, "a", "b", "c"), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert tries == [3]


async def test_caller_that_gives_up_does_not_stop_its_batch() -> None:
    desk = Desk(is_open=False)
    batcher = desk.batcher()
    asked = ask(batcher, "a:1", "b:1")
    await until(lambda: len(desk.batches) == 1)

    asked[0].cancel()
    await asyncio.sleep(0)
    desk.gate.set()

    assert await asked[1] == "b:1 done"
    assert desk.written == ["a:1", "b:1"]


async def test_caller_that_gives_up_before_its_turn_is_not_written() -> None:
    desk = Desk(is_open=False)
    batcher = desk.batcher()
    asked = ask(batcher, "a:1")
    await until(lambda: len(desk.batches) == 1)
    late = ask(batcher, "b:1", "c:1")
    await asyncio.sleep(0)

    late[0].cancel()
    desk.gate.set()
    await asyncio.gather(*asked, late[1])

    assert desk.written == ["a:1", "c:1"]


async def test_caller_is_answered_by_its_deadline() -> None:
    desk = Desk(is_open=False)
    batcher = desk.batcher(seconds=0.05)
    asked = ask(batcher, "a:1", "a:2")

    async with asyncio.timeout(2):
        answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 2
    desk.gate.set()
    assert await batcher.write("a:3") == "a:3 done"
    assert "a:2" not in desk.written


async def test_batch_belongs_to_no_request() -> None:
    request: ContextVar[str] = ContextVar("request", default="nobody's")
    seen = []

    async def write(items: Sequence[str], seconds: float) -> list[str]:
        seen.append(request.get())
        return list(items)

    batcher: Batcher[str, str] = Batcher(write, key=lambda item: item, seconds=5)
    request.set("mine")

    await batcher.write("a")

    assert seen == ["nobody's"]
