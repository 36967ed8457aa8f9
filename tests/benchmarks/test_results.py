"""The page of results: what was measured with its goal, and nothing of a void run."""

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from benchmarks.cpu_table import spread_of
from benchmarks.loads import described, together
from benchmarks.plots import draw_plots
from benchmarks.results import write_page
from hubbub.bench import Histogram, Outcome
from hubbub.bench.workloads import HOT_POST, MIX, NO_HOT_POST, READS


def outcome(latency: float = 0.0123, *, late: int = 0, failed: int = 0) -> Outcome:
    histogram = Histogram()
    for _ in range(1_000):
        histogram.add(latency)
    made = Outcome(
        rate=100, seconds=10, latencies={"home": histogram, "post": histogram}, sent=2_000, late=late
    )
    made.statuses["500"] += failed
    return made


def void() -> Outcome:
    return outcome(0.0777, late=1_000)


def operation(name: str, ratio: float, hello: float) -> dict[str, Any]:
    costs = {"roles": {"serve": 60.0, "postgres": 1.0}, "total": spread_of([61.0, 63.0]), "rounds": 2}
    return {
        "name": name,
        "broken": {},
        "targets": {"Hubbub": costs, "tutorial": costs},
        "ratios": {"tutorial": spread_of([ratio])},
        "compared": "tutorial",
        "hello": spread_of([hello]),
        "least_ratio": 50,
        "least_hello": 45,
    }


def curve(runs: list[Outcome]) -> dict[str, Any]:
    levels = [{"share": 0.5, **together(runs)}]
    best = {"rate": 120.0, "p99_ms": 44.0, "steps": []}
    return {
        "workload": described(READS),
        "targets": {
            "Hubbub": {"peak": 200, "levels": levels, "sustained": best},
            "tutorial": {"peak": 20, "levels": levels, "sustained": {**best, "rate": 10.0}},
        },
    }


def page(**parts: Any) -> str:
    results = {"command": "make bench", "day": "2026-01-02", "conditions": {"machine": "2 cores"}, **parts}
    return write_page(json.loads(json.dumps(results)))


def test_page_names_command_machine_and_day() -> None:
    text = page()

    assert "make bench" in text
    assert "2026-01-02" in text
    assert "- machine: 2 cores" in text


def test_ratios_are_shown_with_their_spread_and_goal() -> None:
    text = page(operations=[operation("home page", 60.0, 40.0)])

    assert (
        "| home page | 60.0 (60.0 to 60.0)× | ≥ 50× reached | 40.0 (40.0 to 40.0) | ≥ 45 % missed |" in text
    )
    assert "62 (61 to 63)" in text
    assert "serve 60, postgres 1" in text


def test_what_could_not_be_measured_is_said_with_its_reason() -> None:
    broken = {**operation("log in", 1, 1), "broken": {"tutorial": "503 busy"}, "targets": {}, "ratios": {}}

    text = page(operations=[broken], failed={"w4": "Refused: no"})

    assert "- log in, tutorial: 503 busy" in text
    assert "- w4: Refused: no" in text


def test_latencies_are_medians_over_the_runs_that_may_be_believed() -> None:
    text = page(w2=curve([outcome(0.010), outcome(0.020), outcome(0.090), void()]))

    assert "20.1 (10.0 to 90.0)" in text or "20.0 (10.0 to 90.0)" in text
    assert "1 of 4" in text
    assert "77" not in text


def test_void_runs_alone_show_no_figure() -> None:
    text = page(w2=curve([void(), void()]))

    assert "| Hubbub | 50% | – | – | – | – | 2000 | 0 | 0 | 2 of 2 |" in text
    assert "77" not in text


def test_failures_are_counted() -> None:
    assert "| 0 | 0 | 7 | 0 of 1 |" in page(w2=curve([outcome(failed=7)]))


def test_sustained_rates_are_compared() -> None:
    assert "| Hubbub | 120 | 44.00 | 12.0× |" in page(w1={**curve([outcome()]), "workload": described(MIX)})


def test_what_is_left_out_of_a_workload_is_said() -> None:
    workload = replace(READS, left_out={"polls": 5.0})

    assert "polls (5 %)" in page(w2={**curve([outcome()]), "workload": described(workload)})


def test_rise_of_a_disturbed_p99_is_told() -> None:
    target = {"rate": 50, "quiet": together([outcome(0.010)]), "disturbed": together([outcome(0.015)])}
    load = {"workload": described(READS), "targets": {"Hubbub": {**target, "beside": together([outcome()])}}}

    assert "+50 %" in page(w6=load)


def test_recovery_is_counted_from_when_everything_was_thrown_away() -> None:
    line = [
        {"second": second, "p99_ms": 90.0 if 0 <= second < 3 else 9.0, "count": 5} for second in range(-3, 6)
    ]
    load = {"targets": {"Hubbub": {"rate": 50.0, "line": line, "whole": together([outcome()])}}}

    assert "| Hubbub | 50 | 9.0 | 90.0 | 3 | 0 |" in page(w7=load)


def test_growth_is_the_largest_against_the_smallest() -> None:
    series = [{"size": size, **spread_of([cost])} for size, cost in ((10, 50.0), (100, 51.0), (1_000, 54.0))]
    growth = {"pages": {"1": {"broken": {}, "targets": {"Hubbub": series}}}}

    assert "+8 %" in page(growth=growth)


def test_every_part_has_its_plots_and_all_are_xml() -> None:
    series = [{"size": 10, **spread_of([50.0])}]
    posted = {
        "size": 10,
        "cpu_us": spread_of([9.0]),
        "answer_ms": spread_of([2.0]),
        "seen_ms": spread_of([3.0]),
    }
    hot = {HOT_POST.name: together([outcome()]), NO_HOT_POST.name: together([outcome()]), "rate": 10.0}
    line = [{"second": 1, "p99_ms": 3.0, "count": 5}]
    results = {
        "command": "c",
        "day": "d",
        "conditions": {},
        "operations": [operation("home", 60.0, 40.0)],
        "w1": curve([outcome()]),
        "w2": curve([void()]),
        "w4": {"workload": described(HOT_POST), "other": described(NO_HOT_POST), "targets": {"Hubbub": hot}},
        "w7": {"targets": {"Hubbub": {"rate": 5.0, "line": line, "whole": together([outcome()])}}},
        "growth": {"pages": {"1": {"broken": {}, "targets": {"Hubbub": series}}}},
        "accounts": [{"accounts": 10, "targets": {"Hubbub": {"home page": spread_of([5.0])}}}],
        "fanout": {"targets": {"Hubbub": [posted]}},
    }

    plots, text = draw_plots(results), write_page(results)

    assert {name for name in plots if f"({name})" not in text} == set()
    assert text.count(".svg)") == len(plots) == 8
    for picture in plots.values():
        ElementTree.fromstring(picture)  # noqa: S314 - made here
