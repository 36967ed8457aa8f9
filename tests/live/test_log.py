import asyncio
from itertools import pairwise

import pytest

from hubbub.errors import Unavailable
from hubbub.platform.live import LiveLog, Seat, Told, is_event_id
from hubbub.platform.live.log import EVENTS, MOST_DEVICES, is_after
from hubbub.platform.valkey import Valkey, open_valkey
from tests.valkey.server import Server

ADA, BO = Seat(1, "here"), Seat(2, "there")


def told(account_id: int, number: int, *, key: str | None = None) -> Told:
    return Told(account_id, "notification", b"%d" % number, f"n{number}" if key is None else key)


async def replayed(log: LiveLog, seat: Seat, after: bytes) -> list[bytes]:
    opening = await log.open(seat, after=after)
    assert opening.state == "resumed"
    return [entry.data for entry in opening.entries]


async def test_an_account_that_was_never_connected_has_no_log(log: LiveLog, valkey: Valkey) -> None:
    assert await log.tell([told(ADA.account_id, 1)]) == 0
    assert await valkey.command("DBSIZE") == 0


async def test_what_is_told_after_an_id_is_replayed_in_order(log: LiveLog) -> None:
    begun = await log.open(ADA)
    assert begun.state == "ready"
    assert await log.tell([told(ADA.account_id, n) for n in range(5)]) == 5
    opening = await log.open(ADA, after=begun.newest)
    assert [entry.data for entry in opening.entries] == [b"0", b"1", b"2", b"3", b"4"]
    assert opening.entries[-1].id == opening.newest
    ids = [begun.newest, *(entry.id for entry in opening.entries)]
    assert all(is_after(later, earlier) for earlier, later in pairwise(ids))
    assert await replayed(log, ADA, opening.entries[2].id) == [b"3", b"4"]
    assert await replayed(log, ADA, opening.newest) == []


async def test_the_same_is_told_once(log: LiveLog) -> None:
    begun = await log.open(ADA)
    counts = await asyncio.gather(*(log.tell([told(ADA.account_id, 7)]) for _ in range(5)))
    assert sorted(counts) == [0, 0, 0, 0, 1]
    assert await log.tell([told(ADA.account_id, 7, key=""), told(ADA.account_id, 7, key="")]) == 2
    assert len(await replayed(log, ADA, begun.newest)) == 3


async def test_what_is_told_to_one_is_not_told_to_another(log: LiveLog) -> None:
    begun = await log.open(ADA)
    other = await log.open(BO)
    await log.tell([told(ADA.account_id, 1), told(BO.account_id, 2)])
    assert await replayed(log, ADA, begun.newest) == [b"1"]
    assert await replayed(log, BO, other.newest) == [b"2"]


async def test_an_entry_keeps_what_it_speaks_of(log: LiveLog) -> None:
    begun = await log.open(ADA)
    await log.tell([Told(1, "feed", b'{"a b":" "}', "k", about=(5, 6), post_id=9)])
    (entry,) = (await log.open(ADA, after=begun.newest)).entries
    assert (entry.type, entry.about, entry.post_id, entry.data) == (b"feed", (5, 6), 9, b'{"a b":" "}')


@pytest.mark.parametrize("ahead", [b"9999999999999-0", b"1-0", b"0-0"])
async def test_an_id_that_the_log_does_not_reach_resets(log: LiveLog, ahead: bytes) -> None:
    await log.open(ADA)
    await log.tell([told(ADA.account_id, 1)])
    opening = await log.open(ADA, after=ahead)
    assert opening.state == "reset"
    assert await replayed(log, ADA, opening.newest) == []


async def test_a_trimmed_log_resets_whoever_missed_more_than_it_holds(log: LiveLog) -> None:
    begun = await log.open(ADA)
    await log.tell([told(ADA.account_id, n) for n in range(EVENTS * 2)])
    opening = await log.open(ADA, after=begun.newest)
    assert opening.state == "reset"


async def test_an_emptied_valkey_resets(log: LiveLog, valkey: Valkey) -> None:
    begun = await log.open(ADA)
    await valkey.command("FLUSHALL")
    assert await log.tell([told(ADA.account_id, 1)]) == 0
    assert (await log.catch_up(ADA.account_id, begun.newest, begun.first)).state == "reset"


async def test_a_log_of_an_older_snapshot_resets(own_server: Server) -> None:
    valkey = await open_valkey(own_server.url, deadline_seconds=2)
    log = LiveLog(valkey)
    begun = await log.open(ADA)
    await valkey.command("SAVE")
    await log.tell([told(ADA.account_id, 1)])
    own_server.kill()
    own_server.start()
    for _ in range(50):
        try:
            opening = await log.open(ADA, after=begun.newest)
            break
        except Unavailable:
            await asyncio.sleep(0.1)
    assert opening.state == "reset"
    await valkey.close()


async def test_devices_are_counted_and_bounded(log: LiveLog) -> None:
    for number in range(MOST_DEVICES):
        assert (await log.open(Seat(1, f"d{number}"))).others == number
    assert (await log.open(Seat(1, "more"))).state == "full"
    assert await log.leave(Seat(1, "d0")) == MOST_DEVICES - 1
    assert (await log.open(Seat(1, "more"))).state == "ready"
    assert await log.connected([1, 2]) == {1}
    assert await log.among([2, 1, 3]) == [1]


async def test_a_beat_finds_the_logs_that_were_lost(log: LiveLog, valkey: Valkey) -> None:
    await log.open(ADA)
    await log.open(BO)
    assert await log.beat([ADA, BO]) == []
    await valkey.delete("log:{account:1}")
    assert await log.beat([ADA, BO]) == [ADA]
    assert await log.connected([1, 2]) == {1, 2}


@pytest.mark.parametrize(
    "text", ["", "-", "-1", "1", "1-", "1-2-3", "1e3-0", "1-0\r\nx", "9" * 40, " 1-0", "١-0"]
)
def test_what_is_no_id_is_known(text: str) -> None:
    assert not is_event_id(text)
