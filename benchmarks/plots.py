"""The plots of what `make bench` found."""

from typing import Any

from benchmarks.svg import Line, Plot, draw_bars, draw_lines


def draw_plots(results: dict[str, Any]) -> dict[str, str]:
    """File names and their pictures."""
    plots: dict[str, str] = {}
    if "operations" in results:
        plots["ratios.svg"] = _ratio_bars(results["operations"])
        plots["hello.svg"] = _hello_bars(results["operations"])
    for key in ("w1", "w2"):
        if key in results:
            plots[f"{key}-latency.svg"] = _latency_plot(key, results[key])
    if "growth" in results:
        for page, measured in results["growth"]["pages"].items():
            plots[f"growth-page-{page}.svg"] = _growth_plot(page, measured)
    if results.get("accounts"):
        plots["growth-accounts.svg"] = _accounts_plot(results["accounts"])
    if "fanout" in results:
        plots["fanout.svg"] = _fanout_plot(results["fanout"])
    if "w7" in results:
        plots["w7-cold.svg"] = _cold_plot(results["w7"])
    return plots


def _ratio_bars(operations: list[dict[str, Any]]) -> str:
    bars = [
        (each["name"], each["ratios"][each["compared"]]["median"], each["least_ratio"])
        for each in operations
        if each.get("compared") in each["ratios"]
    ]
    return draw_bars(
        "How many times less CPU than the baseline", "times; the mark is the goal, orange misses it", bars
    )


def _hello_bars(operations: list[dict[str, Any]]) -> str:
    bars = [
        (each["name"], each["hello"]["median"], each["least_hello"]) for each in operations if "hello" in each
    ]
    return draw_bars(
        "Requests for the CPU of 100 hellos of the same size",
        "per cent; the mark is the goal, orange misses it",
        bars,
    )


def _latency_plot(key: str, load: dict[str, Any]) -> str:
    lines = []
    for name, measured in load["targets"].items():
        for percent in ("p50", "p99"):
            points = [
                (level["per_second"], level["latency_ms"]["all"][percent])
                for level in measured["levels"]
                if "latency_ms" in level
            ]
            lines.append(Line(f"{name}, {percent}", points, is_dashed=percent == "p50"))
    return draw_lines(
        Plot(
            title=f"{key.upper()}: latency from the intended start, by rate",
            x_label="requests per second",
            y_label="ms",
            lines=lines,
            is_log_x=True,
            is_log_y=True,
            marks=[(50.0, "50 ms")],
        )
    )


def _growth_plot(page: str, measured: dict[str, Any]) -> str:
    lines = [
        Line(name, [(each["size"], each["median"]) for each in series])
        for name, series in measured["targets"].items()
    ]
    return draw_lines(
        Plot(
            title=f"CPU of home page {page} by number of follows",
            x_label="accounts followed",
            y_label="CPU µs, all processes",
            lines=lines,
            is_log_x=True,
            is_log_y=True,
        )
    )


def _accounts_plot(sizes: list[dict[str, Any]]) -> str:
    lines = [
        Line(
            f"{name}, {operation}",
            [(each["accounts"], each["targets"][name][operation]["median"]) for each in sizes],
            is_dashed=operation != "home page",
        )
        for name in sizes[0]["targets"]
        for operation in sizes[0]["targets"][name]
    ]
    return draw_lines(
        Plot(
            title="CPU by number of accounts",
            x_label="accounts",
            y_label="CPU µs, all processes",
            lines=lines,
            is_log_x=True,
            is_log_y=True,
        )
    )


def _fanout_plot(fanout: dict[str, Any]) -> str:
    lines = []
    for name, measured in fanout["targets"].items():
        for key, label in (("answer_ms", "answered"), ("seen_ms", "seen by the last")):
            points = [(each["size"], each[key]["median"]) for each in measured]
            lines.append(Line(f"{name}, {label}", points, is_dashed=key == "answer_ms"))
    return draw_lines(
        Plot(
            title="A post, by number of followers",
            x_label="followers",
            y_label="ms",
            lines=lines,
            is_log_x=True,
            is_log_y=True,
        )
    )


def _cold_plot(load: dict[str, Any]) -> str:
    lines = [
        Line(name, [(each["second"], each["p99_ms"]) for each in measured["line"]])
        for name, measured in load["targets"].items()
        if not measured["whole"]["void"]
    ]
    return draw_lines(
        Plot(
            title="W7: p99 by second; everything is thrown away at 0",
            x_label="seconds",
            y_label="ms",
            lines=[Line(each.name, [(x, y) for x, y in each.points if x >= 0]) for each in lines],
            is_log_y=True,
        )
    )
