"""What is told of sockets: each step with its goal, and the reason where there is none."""

from typing import Any

import pytest

from benchmarks.goals import Row, goals
from benchmarks.live.page import section
from benchmarks.live.part import STEPS


def spread(value: float) -> dict[str, float]:
    return {"median": value, "low": value, "high": value}


def load(p99: float) -> dict[str, Any]:
    latencies = {"all": {"p50": 1.0, "p99": p99}}
    return {"runs": 1, "void": [], "failed": 0, "dropped": 0, "latency_ms": latencies}


def seen(p99: float) -> dict[str, Any]:
    ms = {"p50": 2.0, "p99": p99, "max": p99}
    return {"sent": 10, "seen": 10, "missing": 0, "refused": "", "since_sent_ms": ms, "since_answer_ms": ms}


def side(cost: float, **sizes: int) -> dict[str, Any]:
    ways = {f"{way}_us": spread(cost) for way in ("like", "delivery", "frame")}
    roles = {f"{way}_roles": {"serve": cost} for way in ("like", "delivery", "frame")}
    return {**ways, **roles, "seen": seen(5.0), "socket_bytes": sizes, "delivery_frames": 0.98, "lost": {}}


def found() -> dict[str, Any]:
    latencies = {kind: seen(12.0) for kind in ("like", "comment", "message")}
    return {
        "alone": {"rate": 500.0, "w1": load(20.0)},
        "held": {"rate": 500.0, "sockets": 10_000, "lost": {"1006": 2}, "w1": load(25.0)},
        "idle": {
            "sockets": 10_000,
            "open_seconds": 9.0,
            "failures": {"HTTP 503 overloaded": 3},
            "bytes": {"serve": 4_000, "valkey": 5_000},
            "cpu_us_per_second": {"serve": 1.4, "valkey": 0.2},
            "cpu_seconds": 50,
            "lost": {},
        },
        "storm": {
            "sockets": 10_000,
            "seconds": [12.0, 31.0],
            "failures": [{}, {"1006": 5}],
            "cpu_us": {"serve": 500.0},
        },
        "latency_idle": latencies,
        "latency_busy": {"rate": 700.0, "w1": load(30.0), **latencies},
        "w5": {
            "per_second": 1_000,
            "told": 10,
            "heard": 10,
            "latency_ms": {"p50": 1.0, "p99": 2.0},
            "cpu_us": {"serve": 50.0},
        },
        "broadcast": {
            "sockets": 4_000,
            "frame_bytes": 300,
            "bare_us": spread(5.0),
            "whole_us": spread(40.0),
            "whole_roles": {"serve": 17.0},
            "percent": spread(12.5),
            "serve_percent": spread(30.0),
        },
        "topic": {"sockets": 4_000, "frame_us": spread(8.0), "roles": {"serve": 8.0}},
        "slow": {
            "readers": 200,
            "slow": 20,
            "quiet_ms": {"p50": 1.0, "p99": 4.0},
            "beside_ms": {"p50": 1.0, "p99": 5.0},
            "p99_ratio": 1.25,
            "growth_bytes": 5_000_000,
            "ends": {"4008 slow_consumer": 20},
        },
        "baseline": {
            "sockets": 300,
            "targets": {
                "Hubbub": side(30.0, serve=4_000),
                "tutorial": side(120.0, node=80_000, valkey=20_000),
            },
            "like_ratio": spread(0.8),
            "delivery_ratio": spread(2.0),
            "frame_ratio": spread(4.0),
        },
        "failed": {},
    }


def rows(live: dict[str, Any]) -> dict[str, Row]:
    return {row.what: row for row in goals({"live": live})}


def test_every_step_is_told() -> None:
    text = section(found())

    assert set(found()) == {*STEPS, "failed"}
    for told in (
        "| serve | 4,000 | 1.40 |",
        "3 attempts refused (HTTP 503 overloaded)",
        "2 lost (1006)",
        "after 31.0 s, 5 attempts refused (1006)",
        "| message | 10 of 10 | 2.00 | 12.00 |",
        "10 of 10 heard",
        "12.5 (12.5 to 12.5)",
        "8.0 (8.0 to 8.0) µs of CPU",
        "20 × 4008 slow_consumer",
        "baseline ÷ Hubbub 4.00",
        "node 80,000, Valkey 20,000 bytes",
    ):
        assert told in text, told


@pytest.mark.parametrize("missing", STEPS)
def test_a_step_that_failed_leaves_its_reason_and_the_others(missing: str) -> None:
    live = found()
    del live[missing]
    live["failed"] = {missing: "NotOpen: no luck"}

    text = section(live)

    assert text.count("NotOpen: no luck") == 1
    assert text.count("\n") > 20
    assert goals({"live": live})


def test_goals_are_reached_or_missed_by_what_was_found() -> None:
    verdicts = {what: row.verdict for what, row in rows(found()).items()}

    assert verdicts["Memory for an idle socket"] == "reached"
    assert verdicts["10,000 sockets cut and all open again"] == "missed"
    assert verdicts["Like until its frame, p99, idle"] == "reached"
    assert verdicts["A frame to each of many accounts, of a bare broadcast"] == "missed"
    assert verdicts["A change told to all who look at a post, of a bare broadcast"] == "reached"
    assert verdicts["A frame to an open socket, against the baseline"] == "reached"
    assert verdicts["A notification, stored and told, against the baseline"] == "missed"


def test_what_was_not_found_is_no_goal_reached() -> None:
    assert {row.verdict for row in rows({"failed": {}}).values()} == {"not measured"}
    assert goals({}) == []
