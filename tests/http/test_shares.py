import asyncio

import pytest

from hubbub.platform.http.shares import RUNNING, WAITING, Shares, TooManyAtOnce


class Crowd:
    """Requests of accounts that stay inside until they are let go."""

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.leave = asyncio.Event()
        self.inside: list[int] = []

    async def request(self, account_id: int) -> None:
        async with self.shares.of(account_id):
            self.inside.append(account_id)
            await self.leave.wait()


async def results(crowd: Crowd, account_ids: list[int]) -> tuple[list[int], list[BaseException | None]]:
    tasks = [asyncio.ensure_future(crowd.request(id_)) for id_ in account_ids]
    for _ in range(3):
        await asyncio.sleep(0)
    inside = list(crowd.inside)
    crowd.leave.set()
    return inside, await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_account_runs_a_few_and_the_others_of_it_wait_their_turn() -> None:
    inside, ended = await results(Crowd(Shares()), [7] * 50)

    assert len(inside) == RUNNING
    assert ended == [None] * 50


async def test_what_is_beyond_waiting_is_refused_at_once() -> None:
    _, ended = await results(Crowd(Shares()), [7] * (RUNNING + WAITING + 3))

    assert [type(each) for each in ended if each is not None] == [TooManyAtOnce] * 3


async def test_crowd_of_one_account_leaves_the_others_alone() -> None:
    inside, ended = await results(Crowd(Shares()), [7] * 70 + [8, 9])

    assert {8, 9} < set(inside)
    assert ended == [None] * 72


async def test_strangers_have_no_share_and_nothing_is_kept_of_who_left() -> None:
    shares = Shares()
    inside, _ = await results(Crowd(shares), [0] * 200 + [7] * 20)

    assert inside.count(0) == 200
    assert shares._held == {}


async def test_cancelled_waiter_frees_its_place() -> None:
    shares = Shares(1 / RUNNING)
    crowd = Crowd(shares)
    first = asyncio.ensure_future(crowd.request(7))
    waiter = asyncio.ensure_future(crowd.request(7))
    await asyncio.sleep(0)

    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    crowd.leave.set()
    await first

    assert shares._held == {}


@pytest.mark.parametrize(("factor", "running"), [(1.0, RUNNING), (2.0, 2 * RUNNING), (0.001, 1)])
async def test_factor_of_load_tests_widens_the_share(factor: float, running: int) -> None:
    inside, _ = await results(Crowd(Shares(factor)), [7] * (2 * RUNNING))

    assert len(inside) == min(running, 2 * RUNNING)
