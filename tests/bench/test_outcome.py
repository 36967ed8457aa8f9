"""Which runs may be believed."""

import pytest

from hubbub.bench import Histogram, Outcome, VoidRun


def outcome(*, latency: float = 0.01, count: int = 1000, **changes: float) -> Outcome:
    histogram = Histogram()
    for _ in range(count):
        histogram.add(latency)
    made = Outcome(rate=100, seconds=10, latencies={"home": histogram}, sent=count)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_quiet_generator_is_believed() -> None:
    assert outcome(late=10, cpu_share=0.33).void == ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"late": 11}, "late"),
        ({"cpu_share": 0.34}, "34% of the machine"),
        ({"count": 0}, "nothing was answered"),
    ],
)
def test_run_that_the_generator_decided_is_void(changes: dict[str, float], why: str) -> None:
    made = outcome(**changes)  # type: ignore[arg-type]

    assert why in made.void
    assert not made.holds(1.0)
    with pytest.raises(VoidRun, match=why.split()[-1]):
        made.percentile(50)


def test_void_run_shows_no_figure() -> None:
    told = outcome(late=500).as_json()

    assert told["void"]
    assert {"per_second", "latency_ms"} & told.keys() == set()


def test_rate_is_held_when_it_is_quick_and_hardly_anything_fails() -> None:
    assert outcome(latency=0.049).holds(0.05)
    assert not outcome(latency=0.051).holds(0.05)
    assert outcome(dropped=1).holds(0.05)
    assert not outcome(dropped=2).holds(0.05)


def test_operations_have_their_own_percentiles() -> None:
    made = outcome(latency=0.010)
    made.latencies["post"] = outcome(latency=0.030, count=10).latencies["home"]

    assert made.percentile(50, "post") == pytest.approx(0.030, rel=0.01)
    assert made.percentile(99, "home") == pytest.approx(0.010, rel=0.01)
    assert made.percentile(100) == pytest.approx(0.030, rel=0.01)
