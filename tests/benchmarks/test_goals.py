"""Goals are told to be reached only where what was found says so."""

from typing import Any

import pytest

from benchmarks.cpu_table import hash_us, spread_of
from benchmarks.goals import goals


def verdicts(**parts: Any) -> dict[str, str]:
    return {row.what: row.verdict for row in goals(parts)}


def operation(
    name: str, cpu: float, *, ratio: float | None = None, hello: float | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "targets": {"Hubbub": {"total": spread_of([cpu])}},
        "ratios": {"tutorial": spread_of([ratio])} if ratio else {},
        "compared": "tutorial",
        "least_ratio": 50,
        "least_hello": 45,
        **({"hello": spread_of([hello])} if hello else {}),
    }


def test_nothing_run_has_no_rows() -> None:
    assert verdicts() == {}


def test_ratio_and_share_of_hello_are_judged_apart() -> None:
    found = verdicts(operations=[operation("home page", 70, ratio=50, hello=44.9)])

    assert list(found.values()) == ["reached", "missed"]


def test_without_a_baseline_there_is_no_ratio() -> None:
    found = verdicts(operations=[operation("home page", 70, hello=60)])

    assert found == {
        "home page, against the baseline": "not measured",
        "home page, of a hello of the same size": "reached",
    }


@pytest.mark.parametrize(("hot", "verdict"), [(119, "reached"), (122, "missed")])
def test_a_hot_post_may_cost_a_fifth_more(hot: float, verdict: str) -> None:
    found = verdicts(
        operations=[operation("like, spread over posts", 100), operation("like, all on one post", hot)]
    )

    assert found["Likes of one post against likes of many, CPU"] == verdict


@pytest.mark.parametrize(
    ("rates", "verdict"), [((100, 10), "reached"), ((99, 10), "missed"), ((99, 0), "not measured")]
)
def test_mix_is_compared_where_both_held_a_rate(rates: tuple[float, float], verdict: str) -> None:
    targets = {
        name: {"sustained": {"rate": rate}} for name, rate in zip(("Hubbub", "tutorial"), rates, strict=True)
    }

    assert list(verdicts(w1={"targets": targets}).values()) == [verdict]


def test_void_runs_are_not_measured() -> None:
    states = {"quiet": {"void": ["late"]}, "disturbed": {"latency_ms": {"home": {"p99": 3.0}}}}

    assert list(verdicts(w6={"targets": {"Hubbub": states}}).values()) == ["not measured"]


@pytest.mark.parametrize(("busy", "verdict"), [(11.9, "reached"), (12.2, "missed")])
def test_disturbance_may_raise_the_p99_by_a_fifth(busy: float, verdict: str) -> None:
    states = {
        name: {"latency_ms": {"home": {"p99": p99}}} for name, p99 in (("quiet", 10.0), ("disturbed", busy))
    }

    assert list(verdicts(w6={"targets": {"Hubbub": states}}).values()) == [verdict]


@pytest.mark.parametrize(
    ("costs", "verdict"),
    [((100, 109, 108), "reached"), ((100, 125, 101), "missed"), ((100, 101, 80), "missed")],
)
def test_growth_is_judged_by_the_size_that_is_furthest_off(costs: tuple[float, ...], verdict: str) -> None:
    series = [{"size": 10**number, **spread_of([cost])} for number, cost in enumerate(costs, 1)]

    found = verdicts(growth={"pages": {"1": {"targets": {"Hubbub": series}}}})

    assert found == {"Home page 1, CPU by follows, 10 to 1,000 follows": verdict}


def test_fan_out_is_judged_by_the_author_with_most_followers() -> None:
    ours = {"size": 10_000, "per_follower_us": 1.0, "seen_ms": spread_of([20.0, 60.0])}
    theirs = {"size": 10_000, "per_follower_us": 31.0, "seen_ms": spread_of([500.0])}
    few = {"size": 10, "seen_ms": spread_of([5.0])}
    raw = {"valkey_us": 0.6, "client_us": 0.1}

    found = verdicts(fanout={"targets": {"Hubbub": [few, ours], "tutorial": [few, theirs]}, "raw": raw})

    assert list(found.values()) == ["reached", "reached", "missed", "missed"]


def test_bytes_are_judged_with_the_text_of_a_post() -> None:
    memory = {"like": 82, "follow": 125, "post": 200, "text": 60, "per_account": 10_240}
    found = verdicts(memory={**memory, "longest_list_entries": 801, "longest_list_bytes": 8_800})

    assert list(found.values()) == ["reached", "missed", "reached", "reached", "missed"]


def test_log_in_is_judged_by_the_hash() -> None:
    login = {**operation("log in", 30_000), "least_ratio": None, "least_hello": None}

    assert list(verdicts(operations=[login], hash_us=28_600).values()) == ["reached"]
    assert 1_000 < hash_us() < 1_000_000
