"""What `make bench` found, as Markdown. A figure of a void run is never shown."""

from collections.abc import Sequence
from typing import Any

from benchmarks.goals import goals
from benchmarks.live.page import section as _live
from benchmarks.tables import NONE, number, spread, table

HEAD = """\
# Results

Made by `{command}` on {day}. What each part is, and how it is measured, is in [README.md](README.md).

"""
Results = dict[str, Any]


def write_page(results: Results) -> str:
    parts = [HEAD.format(command=results["command"], day=results["day"])]
    parts += [f"- {name}: {value}\n" for name, value in results["conditions"].items()]
    found = goals(results)
    if found:
        rows = [[row.what, row.goal, row.found, row.verdict] for row in found]
        parts.append("\n## Goals\n\n" + table(["What", "Goal", "Found", ""], rows))
    for key, section in SECTIONS.items():
        if key in results:
            parts.append("\n" + section(results[key]))
    if results.get("failed"):
        parts.append("\n## What could not be measured\n\n")
        parts += [f"- {name}: {why}\n" for name, why in results["failed"].items()]
    return "".join(parts)


def _operations(operations: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for each in operations for name in each["targets"]))
    head = ["Operation", "CPU, baseline ÷ Hubbub", "Goal", "% of hello", "Goal", *names, "Hubbub by process"]
    text = "## One operation: CPU µs, all processes\n\n"
    text += table(head, [_operation_row(each, names) for each in operations])
    broken = [
        f"- {each['name']}, {name}: {why}\n" for each in operations for name, why in each["broken"].items()
    ]
    return (
        text
        + "\n![Ratios](ratios.svg)\n\n![Share of hello](hello.svg)\n"
        + "".join(["\n", *broken] if broken else [])
    )


def _operation_row(each: dict[str, Any], names: Sequence[str]) -> list[str]:
    ratio = each["ratios"].get(each.get("compared") or "")
    own = next(iter(each["targets"].values()), None)
    roles = ", ".join(f"{role} {cost:,.0f}" for role, cost in own["roles"].items()) if own else NONE
    return [
        each["name"],
        f"{spread(ratio, 1)}×" if ratio else NONE,
        _goal(each["least_ratio"], ratio, "×"),
        spread(each.get("hello"), 1),
        _goal(each["least_hello"], each.get("hello"), " %"),
        *(spread(each["targets"].get(name, {}).get("total")) for name in names),
        roles,
    ]


def _goal(least: float | None, found: dict[str, float] | None, unit: str) -> str:
    if least is None:
        return NONE
    if not found:
        return f"≥ {least:g}{unit}"
    return f"≥ {least:g}{unit} {'reached' if found['median'] >= least else 'missed'}"


def _load(key: str) -> Any:
    def section(load: dict[str, Any]) -> str:
        text = f"## {key.upper()}: {load['workload']['title']}\n\n{_left_out(load)}"
        rows = []
        for name, measured in load["targets"].items():
            rows += [[name, f"{level['share']:.0%}", *_latency_cells(level)] for level in measured["levels"]]
        text += table(["Target", "Of its peak", *LATENCY_HEAD], rows)
        text += "\nHighest rate with p99 ≤ 50 ms and at most 0.1 % failed:\n\n"
        best = {name: measured["sustained"]["rate"] for name, measured in load["targets"].items()}
        text += table(
            ["Target", "Requests/s", "p99 ms there", "Against the baseline"],
            [
                [
                    name,
                    f"{rate:,.0f}" if rate else "none was held",
                    number(load["targets"][name]["sustained"]["p99_ms"]),
                    _times(best, name),
                ]
                for name, rate in best.items()
            ],
        )
        return text + f"\n![Latency by rate]({key}-latency.svg)\n"

    return section


def _times(best: dict[str, float], name: str) -> str:
    first, *others = best
    if name != first or not others or not best[others[0]] or not best[first]:
        return NONE
    return f"{best[first] / best[others[0]]:.1f}×"


def _left_out(load: dict[str, Any]) -> str:
    missing = load["workload"]["left_out"]
    if not missing:
        return ""
    names = ", ".join(f"{name} ({share:g} %)" for name, share in missing.items())
    return f"Left out, because there are none yet: {names}; the other shares keep their proportions.\n\n"


LATENCY_HEAD = (
    "Requests/s",
    "p50 ms",
    "p99 ms (spread)",
    "p99.9 ms",
    "Late",
    "Dropped",
    "Failed",
    "Void runs",
)


def _latency_cells(measured: dict[str, Any], operation: str = "all") -> list[str]:
    void = f"{len(measured['void'])} of {measured['runs']}"
    counts = [str(measured[name]) for name in ("late", "dropped", "failed")]
    found = measured.get("latency_ms", {}).get(operation)
    if not found:
        return [NONE, NONE, NONE, NONE, *counts, void]
    p99 = f"{found['p99']:,.1f} ({found['p99_low']:,.1f} to {found['p99_high']:,.1f})"
    rate = f"{measured['per_second']:,.0f}"
    return [rate, f"{found['p50']:,.1f}", p99, f"{found['p99.9']:,.1f}", *counts, void]


def _disturbed(key: str, title: str, operations: Sequence[str], beside: str) -> Any:
    def section(load: dict[str, Any]) -> str:
        rows = []
        for name, measured in load["targets"].items():
            for operation in operations:
                for state in ("quiet", "disturbed"):
                    cells = _latency_cells(measured[state], operation)
                    rise = _rise(measured, operation) if state == "disturbed" else NONE
                    rows.append([name, operation, state, *cells, rise])
        text = f"## {key.upper()}: {title}\n\n{_left_out(load)}"
        text += table(["Target", "Requests", "State", *LATENCY_HEAD, "p99 rises"], rows)
        lines = [
            f"- {name}: {measured['beside'].get('per_second', 0):,.1f} {beside} a second meanwhile\n"
            for name, measured in load["targets"].items()
        ]
        return text + "\n" + "".join(lines)

    return section


def _rise(measured: dict[str, Any], operation: str) -> str:
    quiet = measured["quiet"].get("latency_ms", {}).get(operation)
    busy = measured["disturbed"].get("latency_ms", {}).get(operation)
    if not quiet or not busy or not quiet["p99"]:
        return NONE
    return f"{100 * (busy['p99'] / quiet['p99'] - 1):+,.0f} %"


def _hot(load: dict[str, Any]) -> str:
    hot, other = load["workload"]["name"], load["other"]["name"]
    rows = [
        [name, operation, which, *_latency_cells(measured[which], operation)]
        for name, measured in load["targets"].items()
        for operation in ("like", "comment", "all")
        for which in (other, hot)
    ]
    text = f"## W4: {load['workload']['title']}\n\n"
    return text + table(["Target", "Requests", "Workload", *LATENCY_HEAD], rows)


def _cold(load: dict[str, Any]) -> str:
    text = "## W7: everything that is cached is thrown away\n\n"
    text += table(
        ["Target", "Requests/s", "p99 ms before", "Worst second after", "Seconds until as before", "Failed"],
        [[name, *_cold_cells(measured)] for name, measured in load["targets"].items()],
    )
    return text + "\n![p99 by second](w7-cold.svg)\n"


def _cold_cells(measured: dict[str, Any]) -> list[str]:
    failed = str(measured["whole"]["failed"] + measured["whole"]["dropped"])
    if measured["whole"]["void"]:
        return [f"{measured['rate']:,.0f}", f"void: {measured['whole']['void'][0]}", NONE, NONE, failed]
    before = sorted(each["p99_ms"] for each in measured["line"] if each["second"] < 0)
    after = [each for each in measured["line"] if each["second"] >= 0]
    if not before or not after:
        return [f"{measured['rate']:,.0f}", NONE, NONE, NONE, failed]
    usual = before[len(before) // 2]
    slow = [each["second"] for each in after if each["p99_ms"] > max(1.5 * usual, usual + 2)]
    return [
        f"{measured['rate']:,.0f}",
        f"{usual:,.1f}",
        f"{max(each['p99_ms'] for each in after):,.1f}",
        str(slow[-1] + 1 if slow else 0),
        failed,
    ]


def _growth(growth: dict[str, Any]) -> str:
    text = "## W8: home page by number of follows, CPU µs\n\n"
    for page, measured in growth["pages"].items():
        sizes = sorted({each["size"] for series in measured["targets"].values() for each in series})
        head = [f"Page {page}", *(f"{size:,} follows" for size in sizes), "Largest against smallest"]
        rows = []
        for name, series in measured["targets"].items():
            by_size = {each["size"]: each for each in series}
            rows.append([name, *(spread(by_size.get(size)) for size in sizes), _change(series)])
        text += table(head, rows) + "\n"
        text += "".join(f"- {name}: {why}\n" for name, why in measured["broken"].items())
    return text + "".join(f"![Page {page}](growth-page-{page}.svg)\n" for page in growth["pages"])


def _change(series: Sequence[dict[str, Any]]) -> str:
    if len(series) < 2:
        return NONE
    return f"{100 * (series[-1]['median'] / series[0]['median'] - 1):+,.0f} %"


def _accounts(sizes: list[dict[str, Any]]) -> str:
    if not sizes:
        return ""
    text = "## W8: by number of accounts, CPU µs\n\n"
    head = [
        "Target",
        "Operation",
        *(f"{each['accounts']:,} accounts" for each in sizes),
        "Largest against smallest",
    ]
    rows = []
    for name in sizes[0]["targets"]:
        for operation in sizes[0]["targets"][name]:
            series = [each["targets"][name][operation] for each in sizes if name in each["targets"]]
            rows.append([name, operation, *map(spread, series), _change(series)])
    return text + table(head, rows) + "\n![By accounts](growth-accounts.svg)\n"


def _fanout(fanout: dict[str, Any]) -> str:
    text = "## A post on its way to its followers\n\n"
    rows = [
        [
            name,
            f"{each['size']:,}",
            spread(each["answer_ms"], 1),
            spread(each["seen_ms"], 1),
            spread(each["cpu_us"]),
            number(each.get("per_follower_us")),
        ]
        for name, measured in fanout["targets"].items()
        for each in measured
    ]
    head = [
        "Target",
        "Followers",
        "Answered ms",
        "Seen by the last ms",
        "CPU µs",
        "µs for each follower more",
    ]
    text += table(head, rows)
    raw = fanout.get("raw")
    if raw:
        text += (
            f"\nThe limit: pipelined LPUSH costs {raw['valkey_us']} µs of the server and "
            f"{raw['client_us']} µs of the client ({raw['per_second']:,.0f} a second).\n"
        )
    return text + "\n![By followers](fanout.svg)\n"


def _memory(memory: dict[str, Any]) -> str:
    rows = [
        ["like row with indexes", f"{memory['like']:,} B", "≤ 82 B"],
        ["follow row with indexes", f"{memory['follow']:,} B", "≤ 124 B"],
        ["post row with indexes", f"{memory['post']:,} B, text {memory['text']:,} B", "≤ text + 140 B"],
        [
            "Valkey for each who read once",
            f"{memory['per_account']:,} B ({memory['accounts']:,} people)",
            "≤ 10 KB",
        ],
    ]
    if memory["longest_list_entries"]:
        found = f"{memory['longest_list_bytes']:,} B for {memory['longest_list_entries']:,} posts"
        rows.append(["longest home list seen", found, "≤ 8.5 KB for 800"])
    return "## Memory\n\n" + table(["What", "Measured", "Goal"], rows)


SECTIONS = {
    "operations": _operations,
    "w1": _load("w1"),
    "w2": _load("w2"),
    "w3": _disturbed(
        "w3", "the mix while an account that 20 % follow posts", ("all", "home", "post"), "posts"
    ),
    "w4": _hot,
    "w6": _disturbed("w6", "the mix while as many log in as can", ("all", "home"), "log-ins"),
    "w7": _cold,
    "growth": _growth,
    "accounts": _accounts,
    "fanout": _fanout,
    "memory": _memory,
    "live": _live,
}
