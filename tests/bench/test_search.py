"""How the highest sustained rate is found."""

import pytest

from hubbub.bench import Histogram, Outcome, find_sustained


class Machine:
    """Answers in 10 ms up to its capacity, then ever more slowly."""

    def __init__(self, capacity: float, *, hiccups: int = 0, late: bool = False) -> None:
        self.capacity = capacity
        self.asked: list[float] = []
        self._hiccups = hiccups
        self._late = late

    async def __call__(self, rate: float) -> Outcome:
        self.asked.append(rate)
        histogram = Histogram()
        is_quick = rate <= self.capacity and not self._hiccups
        self._hiccups = max(0, self._hiccups - 1)
        for _ in range(100):
            histogram.add(0.01 if is_quick else 2.0)
        late = 100 if self._late else 0
        return Outcome(rate=rate, seconds=1, latencies={"home": histogram}, sent=100, late=late)


@pytest.mark.parametrize("capacity", [3.0, 70.0, 100.0, 1_000.0, 54_321.0])
async def test_found_rate_is_held_and_within_a_tenth_of_what_is_possible(capacity: float) -> None:
    found = await find_sustained(Machine(capacity), first=100, most_steps=30)

    assert capacity / 1.1 <= found.rate <= capacity


async def test_one_hiccup_does_not_end_the_search() -> None:
    found = await find_sustained(Machine(1_000, hiccups=1), first=100)

    assert found.rate >= 900


async def test_nothing_is_found_where_not_even_the_lowest_rate_is_held() -> None:
    machine = Machine(0.5)

    found = await find_sustained(machine, first=100, most_steps=50)

    assert (found.rate, found.best) == (0.0, None)
    assert min(machine.asked) >= 1


async def test_void_runs_hold_nothing() -> None:
    assert (await find_sustained(Machine(1_000, late=True), first=4)).rate == 0


async def test_search_stops_after_the_steps_that_it_may_take() -> None:
    machine = Machine(1e9)

    found = await find_sustained(machine, first=1, most_steps=5)

    assert machine.asked == [1, 2, 4, 8, 16]
    assert found.rate == 16
