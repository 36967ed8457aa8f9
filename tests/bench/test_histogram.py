import math

from hypothesis import given
from hypothesis import strategies as st

from hubbub.bench import Histogram

DURATIONS = st.lists(st.floats(0, 3_600, allow_nan=False), min_size=1, max_size=200)


def filled(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(DURATIONS, st.floats(1, 100))
def test_percentile_is_never_too_small_and_at_most_1_percent_too_large(
    values: list[float], percent: float
) -> None:
    exact = sorted(values)[math.ceil(len(values) * percent / 100) - 1]

    told = filled(values).percentile(percent)

    assert exact - 1e-6 <= told <= exact * 1.01 + 1e-6


@given(DURATIONS, DURATIONS)
def test_merging_equals_adding_all_to_one(first: list[float], second: list[float]) -> None:
    merged = filled(first)
    merged.merge(filled(second))
    together = filled(first + second)

    assert (merged.count, merged.highest) == (together.count, together.highest)
    assert [merged.percentile(p) for p in (1, 50, 99.9)] == [together.percentile(p) for p in (1, 50, 99.9)]


def test_mean_is_that_of_the_values() -> None:
    assert filled([0.001, 0.002, 0.006]).mean == 0.003


def test_longest_value_is_told_exactly() -> None:
    assert filled([0.001, 7.654321]).percentile(100) == 7.654321


def test_nothing_measured_is_0() -> None:
    assert (Histogram().percentile(99), Histogram().mean) == (0.0, 0.0)
