"""What the storm is judged by finds each fault that it is there to find."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from hubbub.platform.live import Entry, Hub, LiveLog, Opening, Seat, Told
from hubbub.platform.valkey import Valkey, open_valkey
from tests.resume.bustle import Bustle, open_hub
from tests.resume.histories import History, find_disagreements, find_faults

CUT = ("CLIENT", "KILL", "TYPE", "pubsub")
FLUSH = ("FLUSHALL",)
tell, open_log, catch_up = LiveLog.tell, LiveLog.open, LiveLog.catch_up


async def tell_without_a_key(self: LiveLog, told: list[Told]) -> int:
    return await tell(self, [each._replace(key="") for each in told])


def listen_without_a_look_at_the_log(self: Hub, channel: bytes) -> None:
    held = self._held.get(channel)
    if held is not None and held.listening is not None:
        held.listening.set_result(None)
        held.listening = None


async def open_whatever_was_lost(self: LiveLog, seat: Seat, *, after: bytes = b"", **rest: Any) -> Opening:
    return _unshaken(await open_log(self, seat, after=after, **rest))


async def catch_up_whatever_was_lost(self: LiveLog, account_id: int, after: bytes, first: bytes) -> Opening:
    return _unshaken(await catch_up(self, account_id, after, first))


def _unshaken(opening: Opening) -> Opening:
    return replace(opening, state="resumed") if opening.state == "reset" else opening


async def open_at_the_newest(self: LiveLog, seat: Seat, *, after: bytes = b"", **rest: Any) -> Opening:
    return await open_log(self, seat, **rest)


async def open_one_too_late(self: LiveLog, seat: Seat, *, after: bytes = b"", **rest: Any) -> Opening:
    opening = await open_log(self, seat, after=after, **rest)
    return replace(opening, entries=opening.entries[1:])


async def open_one_too_early(self: LiveLog, seat: Seat, *, after: bytes = b"", **rest: Any) -> Opening:
    opening = await open_log(self, seat, after=after, **rest)
    entries = [Entry(opening.first, b"feed", (), 0, b'{"post_id":"0"}'), *opening.entries]
    return replace(opening, entries=tuple(entries)) if opening.entries else opening


async def find(url: str, valkey: Valkey, trouble: tuple[str, ...]) -> list[str]:
    async with open_hub(url) as one, open_hub(url) as other:
        return await Bustle(valkey, (one, other), random.Random(3)).run(trouble)


@pytest.fixture
async def emptied(valkey_url: str) -> AsyncIterator[Valkey]:
    valkey = await open_valkey(valkey_url, deadline_seconds=2)
    await valkey.command("FLUSHALL")
    yield valkey
    await valkey.close()


@pytest.mark.parametrize("trouble", [(), CUT, FLUSH])
async def test_nothing_is_found_where_nothing_is_planted(
    valkey_url: str, emptied: Valkey, trouble: tuple[str, ...]
) -> None:
    assert await find(valkey_url, emptied, trouble) == []


@pytest.mark.parametrize(
    ("fault", "trouble", "words"),
    [
        (("log.LiveLog.tell", tell_without_a_key), (), "again as"),
        (("hub.Hub._joined", listen_without_a_look_at_the_log), CUT, "never told"),
        (("log.LiveLog.open", open_at_the_newest), (), "without a reset"),
        (("log.LiveLog.open", open_one_too_late), (), "never told"),
        (("log.LiveLog.open", open_one_too_early), (), "after"),
    ],
)
async def test_a_planted_fault_is_found(
    valkey_url: str,
    emptied: Valkey,
    monkeypatch: pytest.MonkeyPatch,
    fault: tuple[str, Callable[..., object]],
    trouble: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.setattr(f"hubbub.platform.live.{fault[0]}", fault[1])
    faults = await find(valkey_url, emptied, trouble)
    assert any(words in each for each in faults), faults


async def test_a_log_that_does_not_know_its_first_entry_is_found(
    valkey_url: str, emptied: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveLog, "open", open_whatever_was_lost)
    monkeypatch.setattr(LiveLog, "catch_up", catch_up_whatever_was_lost)
    faults = await find(valkey_url, emptied, FLUSH)
    assert any("never told" in each or "without a reset" in each for each in faults), faults


def told_of(*frames: str) -> History:
    history = History("one", 1)
    for number, frame in enumerate(frames):
        type_, id_, *post = frame.split()
        if type_ == "ready":
            history.begin()
        data = f',"data":{{"post_id":"{post[0]}"}}' if post else ""
        history.hear(f'{{"type":"{type_}","id":"{id_}"{data}}}'.encode(), at=float(number))
    return history


TRUTH = {"post 1": 0.5, "post 2": 1.5}


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (("ready 1-0", "feed 2-0 1", "feed 3-0 2"), ""),
        (("ready 1-0", "feed 2-0 1", "ready 2-0", "feed 3-0 2"), ""),
        (("ready 1-0", "feed 2-0 1", "ready 9-0", "reset 9-0"), ""),
        (("ready 1-0", "feed 2-0 1"), "post 2 of 1.500 was never told"),
        (("ready 1-0", "reset 2-0", "feed 3-0 2"), ""),
        (("ready 1-0", "reset 2-0"), "post 2 of 1.500 was never told"),
        (("ready 1-0", "feed 2-0 1", "feed 3-0 2", "feed 4-0 1"), "post 1 again as 4-0"),
        (("ready 1-0", "feed 3-0 1", "feed 2-0 2"), "feed 2-0 after 3-0"),
        (("ready 1-0", "feed 2-0 1", "feed 2-0 2"), "feed 2-0 after 2-0"),
        (("ready 1-0", "feed 2-0 1", "ready 4-0", "feed 5-0 2"), "at 4-0 without a reset"),
        (("feed 2-0 1", "feed 3-0 2"), "where it should not be"),
        (("ready 1-0", "feed 2-0 1", "feed 3-0 2", "feed 4-0 3"), "not for this account"),
    ],
)
def test_a_history_is_judged_by_what_is_true(frames: tuple[str, ...], words: str) -> None:
    faults = find_faults(told_of(*frames), TRUTH)
    assert len(faults) == bool(words), faults
    assert all(words in fault for fault in faults)


def test_devices_that_are_told_something_else_under_one_id_disagree() -> None:
    one, other = told_of("ready 1-0", "feed 2-0 1"), told_of("ready 1-0", "feed 2-0 2")
    assert find_disagreements([one, one]) == []
    assert len(find_disagreements([one, other])) == 1
