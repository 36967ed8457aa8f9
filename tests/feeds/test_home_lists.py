from collections.abc import AsyncIterator

import pytest

from hubbub.feeds.home_lists import HomeLists, ListState, Look
from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window
from hubbub.platform.stamps import Stamps, home_key, stamp_key
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from hubbub.settings import FeedSettings
from tests.valkey.server import running_server

ME, OTHER = 11, 12
BASE = 7_000_000_000_000_000_000
LENGTH = 5
SLACK = 20


def ids(*numbers: int) -> list[int]:
    """As long as real ids, and beyond what a double holds exactly."""
    return [BASE + number for number in numbers]


@pytest.fixture
async def valkey(valkey_url: str, clean: None) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url, deadline_seconds=5)
    yield client
    await client.close()


@pytest.fixture
def lists(valkey: Valkey) -> HomeLists:
    return HomeLists(valkey, FeedSettings(home_list_length=LENGTH))


async def look(lists: HomeLists, limit: int = 100, position: int = MAX_ID, *, is_back: bool = False) -> Look:
    return await lists.look(ME, Window(limit=limit, position=position, is_back=is_back))


async def make(lists: HomeLists, *numbers: int, floor: int = 0, account_id: int = ME) -> None:
    building = await lists.begin(account_id)
    assert await lists.finish(account_id, building.token, ids(*numbers), floor=BASE + floor if floor else 0)


async def test_without_a_list_nothing_is_ready_and_pushes_make_none(lists: HomeLists) -> None:
    assert (await look(lists)).state is ListState.NONE
    assert await lists.push([ME], ids(1)) == 0
    assert (await look(lists)).state is ListState.NONE


async def test_a_rebuilt_list_is_ready_and_whole(lists: HomeLists) -> None:
    await make(lists, 3, 2, 1)

    found = await look(lists)

    assert (found.is_ready, list(found.ids), found.floor) == (True, ids(3, 2, 1), 0)
    assert found.is_whole(Window(limit=100))


async def test_an_empty_feed_has_a_list_too(lists: HomeLists) -> None:
    await make(lists)
    assert ((await look(lists)).ids, (await look(lists)).is_whole(Window())) == ((), True)

    assert await lists.push([ME], ids(4)) == 1

    assert list((await look(lists)).ids) == ids(4)


async def test_windows_go_on_from_ids_that_are_not_there(lists: HomeLists) -> None:
    await make(lists, 9, 7, 5, 3, 1)

    assert list((await look(lists, 2)).ids) == ids(9, 7)
    assert list((await look(lists, 2, BASE + 7)).ids) == ids(5, 3)
    assert list((await look(lists, 2, BASE + 6)).ids) == ids(5, 3)
    assert list((await look(lists, 9, BASE + 3)).ids) == ids(1)
    assert (await look(lists, 9, BASE + 1)).ids == ()
    assert (await look(lists, 9, 5)).ids == ()


@pytest.mark.parametrize("arriving", [0, 1, 5, 16, 17, 30])
async def test_pages_follow_one_another_while_posts_arrive(valkey: Valkey, arriving: int) -> None:
    """Places that are remembered are only hints, and those of a list that is made anew may be all wrong."""
    lists = HomeLists(valkey, FeedSettings(home_list_length=1000))
    numbers = list(range(600, 0, -2))
    await make(lists, *numbers)
    found: list[int] = []
    position, newest = MAX_ID, 1000

    while page := (await look(lists, 20, position)).ids:
        found += page
        position = page[-7]  # not all that is looked at needs to be shown
        found = found[: found.index(position) + 1]
        assert (await look(lists, 20, position)).ids == (await look(lists, 20, position)).ids
        newest += arriving
        await lists.push([ME], ids(*range(newest, newest - arriving, -1)))
        if len(found) == 140:
            await lists.drop([ME])
            await make(lists, *[number for number in numbers if number % 10])
        if len(page) < 20:
            break

    kept = [number for number in numbers if number > found[139] - BASE or number % 10]
    assert found == ids(*kept)[: len(found)]
    assert len(found) > 200


async def test_going_back_gives_the_next_newer_ones_oldest_first(lists: HomeLists) -> None:
    await make(lists, 9, 7, 5, 3, 1)

    assert list((await look(lists, 2, BASE + 3, is_back=True)).ids) == ids(5, 7)
    assert list((await look(lists, 2, BASE + 4, is_back=True)).ids) == ids(5, 7)
    assert list((await look(lists, 9, 0, is_back=True)).ids) == ids(1, 3, 5, 7, 9)
    assert (await look(lists, 9, BASE + 9, is_back=True)).ids == ()


async def test_the_floor_itself_is_not_given_and_nothing_is_said_below_it(lists: HomeLists) -> None:
    await make(lists, 9, 7, floor=5)
    back = Window(limit=9, position=BASE + 4, is_back=True)

    assert (list((await look(lists)).ids), (await look(lists)).floor) == (ids(9, 7), BASE + 5)
    assert not (await look(lists)).is_whole(Window(limit=3))
    assert (await look(lists)).is_whole(Window(limit=2))
    at_floor = Window(limit=1, position=BASE + 7)
    assert not (await lists.look(ME, at_floor)).is_whole(at_floor)
    assert ((await lists.look(ME, back)).ids, (await lists.look(ME, back)).is_whole(back)) == ((), False)
    assert list((await look(lists, 9, BASE + 5, is_back=True)).ids) == ids(7, 9)


async def test_pushes_land_in_order_and_once(lists: HomeLists) -> None:
    await make(lists, 20, 10)

    for pushed in (ids(30), ids(15), ids(30, 15), ids(5), ids(12, 40, 11), ids(20)):
        assert await lists.push([ME, OTHER], pushed) == 1

    assert list((await look(lists)).ids) == ids(40, 30, 20, 15, 12, 11, 10, 5)


async def test_a_late_id_below_the_floor_is_passed_over(lists: HomeLists) -> None:
    await make(lists, 9, 7, floor=5)

    await lists.push([ME], ids(5, 4))

    assert list((await look(lists)).ids) == ids(9, 7)


async def test_a_list_is_trimmed_now_and_then_and_its_floor_rises(lists: HomeLists) -> None:
    await make(lists)

    for number in range(1, 200):
        await lists.push([ME], ids(number))
        found = await look(lists)
        assert list(found.ids) == ids(*range(number, found.floor - BASE if found.floor else 0, -1))
        assert len(found.ids) <= LENGTH + SLACK + 1

    assert found.floor > BASE


async def test_a_rebuild_keeps_what_is_pushed_meanwhile(lists: HomeLists) -> None:
    building = await lists.begin(ME)
    await lists.push([ME], ids(8, 3))
    await lists.push([ME], ids(5))
    assert (await look(lists)).state is ListState.BUILDING

    assert await lists.finish(ME, building.token, ids(5, 4), floor=BASE + 2)

    assert (list((await look(lists)).ids), (await look(lists)).floor) == (ids(8, 5, 4, 3), BASE + 2)


async def test_a_rebuild_of_too_many_ids_keeps_the_newest(lists: HomeLists) -> None:
    building = await lists.begin(ME)
    await lists.push([ME], ids(9))

    await lists.finish(ME, building.token, ids(*range(8, 0, -1)), floor=0)

    assert (list((await look(lists)).ids), (await look(lists)).floor) == (ids(9, 8, 7, 6, 5), BASE + 4)


async def test_one_rebuild_goes_on_at_a_time(lists: HomeLists) -> None:
    first = await lists.begin(ME)
    second = await lists.begin(ME)

    assert (first.state, second.state, second.token) == (ListState.NONE, ListState.BUILDING, b"")
    assert await lists.finish(ME, first.token, ids(1), floor=0)
    assert (await lists.begin(ME)).state is ListState.READY


async def test_a_dropped_list_is_not_finished(lists: HomeLists) -> None:
    first = await lists.begin(ME)
    await lists.drop([ME])
    second = await lists.begin(ME)

    assert not await lists.finish(ME, first.token, ids(1), floor=0)
    assert await lists.finish(ME, second.token, ids(2), floor=0)
    assert list((await look(lists)).ids) == ids(2)


async def test_an_abandoned_rebuild_blocks_nobody_for_long(lists: HomeLists, valkey: Valkey) -> None:
    await lists.begin(ME)

    assert 0 < await valkey.command("PTTL", home_key(ME)) <= 10_000


async def test_a_rebuild_that_too_much_is_pushed_to_begins_anew(lists: HomeLists) -> None:
    building = await lists.begin(ME)
    await lists.push([ME], ids(*range(1, LENGTH + SLACK + 5)))

    assert (await look(lists)).state is ListState.NONE
    assert not await lists.finish(ME, building.token, [], floor=0)


async def test_a_lost_stamp_takes_the_list_with_it(lists: HomeLists, valkey: Valkey) -> None:
    await make(lists, 1)
    before = await look(lists)
    await valkey.delete(stamp_key(ME))

    after = await look(lists)

    assert (before.is_ready, after.state) == (True, ListState.NONE)
    assert before.stamp != after.stamp == await Stamps(valkey).look(ME)


async def test_lists_live_longer_for_being_seen_but_not_for_being_pushed_to(
    lists: HomeLists, valkey: Valkey
) -> None:
    await make(lists, 1)
    for key in (stamp_key(ME), home_key(ME)):
        await valkey.command("PEXPIRE", key, 60_000)

    await lists.push([ME], ids(2))
    assert await valkey.command("PTTL", home_key(ME)) <= 60_000
    await look(lists)

    assert min([await valkey.command("PTTL", key) for key in (stamp_key(ME), home_key(ME))]) > 86_400_000


async def test_many_lists_are_pushed_to_in_one_turn(lists: HomeLists, valkey: Valkey) -> None:
    for account_id in range(100, 130):
        await make(lists, 1, account_id=account_id)
    before = valkey.round_trips

    assert await lists.push(range(100, 2100), ids(2)) == 30

    assert valkey.round_trips == before + 1


async def test_a_look_is_made_once_and_when_it_is_awaited(lists: HomeLists, valkey: Valkey) -> None:
    before = valkey.round_trips
    asked = lists.look(ME, Window())
    assert valkey.round_trips == before

    found = await asked

    assert (found.state, valkey.round_trips - before) == (ListState.NONE, 1)
    assert await asked == found
    assert valkey.round_trips - before == 1


async def test_a_look_without_valkey_fails_when_it_is_awaited() -> None:
    with running_server() as server:
        valkey = await open_valkey(server.url)
        server.kill()
        lists = HomeLists(valkey, FeedSettings())
        for _ in range(10):
            lists.look(ME, Window())  # nobody waits for it, so nobody is told
            sent = lists.look(ME, Window())
            with pytest.raises(ValkeyUnavailable):
                await sent
        await valkey.close()


async def test_a_look_finds_functions_that_were_lost(lists: HomeLists, valkey: Valkey) -> None:
    await valkey.command("FUNCTION", "FLUSH")

    assert (await look(lists)).state is ListState.NONE
