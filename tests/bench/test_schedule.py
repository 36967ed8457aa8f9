from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from hubbub.bench import due_times
from hubbub.bench.schedule import Weighted, Zipf


def test_same_seed_makes_the_same_arrivals() -> None:
    assert list(due_times(200, 5, seed=4)) == list(due_times(200, 5, seed=4))
    assert list(due_times(200, 5, seed=4)) != list(due_times(200, 5, seed=5))


def test_arrivals_are_in_order_within_the_time_and_as_many_as_asked() -> None:
    times = list(due_times(1_000, 10, seed=1))

    assert all(first <= second for first, second in pairwise(times))
    assert times[0] >= 0
    assert times[-1] < 10
    assert len(times) == pytest.approx(10_000, rel=0.05)


def test_gaps_of_independent_people_vary_as_much_as_they_last() -> None:
    gaps = [second - first for first, second in pairwise(due_times(1_000, 20, seed=1))]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5

    assert deviation == pytest.approx(mean, rel=0.05)


def test_constant_arrivals_are_a_metronome() -> None:
    assert list(due_times(4, 1, seed=9, arrivals="constant")) == [0, 0.25, 0.5, 0.75]


def test_readers_follow_the_law_of_zipf() -> None:
    random, zipf = Random(2), Zipf(100, 0.99)
    counts = Counter(zipf.pick(random) for _ in range(50_000))

    assert set(counts) <= set(range(100))
    assert counts[0] / counts[9] == pytest.approx(10**0.99, rel=0.15)


def test_exponent_0_takes_everybody_as_often() -> None:
    random, zipf = Random(2), Zipf(10, 0.0)
    counts = Counter(zipf.pick(random) for _ in range(20_000))

    assert [counts[n] for n in range(10)] == pytest.approx([2_000] * 10, rel=0.1)


def test_weights_are_shares() -> None:
    random, names = Random(3), Weighted(["a", "b", "never"], [3, 1, 0])
    counts = Counter(names.pick(random) for _ in range(40_000))

    assert counts["a"] / counts["b"] == pytest.approx(3, rel=0.05)
    assert counts["never"] == 0


@pytest.mark.parametrize(
    ("names", "weights"), [([], []), (["a"], [1, 2]), (["a"], [0]), (["a", "b"], [2, -1])]
)
def test_weights_that_mean_nothing_are_refused(names: list[str], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        Weighted(names, weights)


def test_nobody_to_choose_from_is_refused() -> None:
    with pytest.raises(ValueError, match="somebody"):
        Zipf(0, 1)
