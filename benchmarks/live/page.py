"""What the part `live` found, as Markdown."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.tables import NONE, number, spread, table

Found = dict[str, Any]
TITLES = {
    "alone": "the mix before there are sockets",
    "idle": "idle sockets",
    "held": "the mix beside idle sockets",
    "storm": "all sockets cut at once",
    "latency_idle": "how soon a frame comes, idle",
    "latency_busy": "how soon a frame comes, at 70 % of the peak",
    "w5": "notifications at a steady rate",
    "broadcast": "a frame to each of many accounts",
    "topic": "a change told to all who look at a post",
    "slow": "readers beside slow ones",
    "baseline": "beside the baseline",
}


def section(live: Found) -> str:
    """Steps that failed are named at the end, with the reason."""
    text = "## Live: sockets\n\n"
    for names, write in PARTS.items():
        if all(name in live for name in names):
            text += write(*(live[name] for name in names)) + "\n"
    failed = live.get("failed", {})
    return text + "".join(
        f"- Not measured, {TITLES.get(name, name)}: {why}\n" for name, why in failed.items()
    )


def _idle(idle: Found) -> str:
    sizes, cpu = idle["bytes"], idle["cpu_us_per_second"]
    rows = [[role, f"{sizes[role]:,}", f"{cpu[role]:.2f}"] for role in ("serve", "valkey")]
    text = table(
        ["For each idle socket", "Memory, bytes", f"CPU, µs a second ({idle['cpu_seconds']:g} s)"], rows
    )
    return (
        f"{idle['sockets']:,} sockets of as many accounts, opened in {idle['open_seconds']:.1f} s"
        f"{_failures(idle['failures'])}; {_lost(idle['lost'])}.\n\n{text}"
    )


def _held(alone: Found, held: Found) -> str:
    rows = [
        [name, f"{each['rate']:,.0f}", *_latency(each["w1"])]
        for name, each in ((TITLES["alone"], alone), (f"beside {held['sockets']:,} sockets", held))
    ]
    head = ["W1 at half load", "Requests/s", "p50 ms", "p99 ms", "Failed or dropped", "Void runs"]
    return table(head, rows) + f"\nMeanwhile {_lost(held['lost'])}.\n"


def _latency(load: Found) -> list[str]:
    found = load.get("latency_ms", {}).get("all")
    counts = [str(load["failed"] + load["dropped"]), f"{len(load['void'])} of {load['runs']}"]
    return [number(found["p50"]), number(found["p99"]), *counts] if found else [NONE, NONE, *counts]


def _storm(storm: Found) -> str:
    lines = [
        f"- {storm['sockets']:,} sockets cut at once, all open again, each where it was, "
        f"after {seconds:.1f} s{_failures(failures)}\n"
        for seconds, failures in zip(storm["seconds"], storm["failures"], strict=True)
    ]
    roles = ", ".join(f"{role} {cost:,.0f}" for role, cost in storm["cpu_us"].items())
    return "".join([*lines, f"- CPU µs for each that was opened, refused attempts included: {roles}\n"])


def _latencies(title: str) -> Callable[[Found], str]:
    def write(found: Found) -> str:
        rows = [
            [
                kind,
                f"{seen['seen']:,} of {seen['sent']:,}",
                *_p50_p99(seen["since_sent_ms"]),
                *_p50_p99(seen["since_answer_ms"]),
            ]
            for kind in ("like", "comment", "message")
            if (seen := found.get(kind))
        ]
        head = [f"Until the frame, {title}", "Seen", "p50 ms", "p99 ms", "After the answer p50", "p99"]
        text = table(head, rows)
        if "w1" in found:
            text += f"\nMeanwhile W1 at {found['rate']:,.0f} requests a second: p50, p99 "
            text += ", ".join(_latency(found["w1"])[:2]) + " ms.\n"
        return text

    return write


def _p50_p99(found: Mapping[str, float]) -> list[str]:
    return [number(found.get("p50")), number(found.get("p99"))]


def _w5(w5: Found) -> str:
    p50, p99 = _p50_p99(w5["latency_ms"])
    roles = ", ".join(f"{role} {cost:,.0f}" for role, cost in w5["cpu_us"].items())
    return (
        f"W5: {w5['per_second']:,} notifications a second, told to one after the other of all who "
        f"are connected: {w5['heard']:,} of {w5['told']:,} heard, p50 {p50} ms, p99 {p99} ms; "
        f"CPU µs for each: {roles}.\n"
    )


def _broadcast(found: Found) -> str:
    roles = ", ".join(f"{role} {cost:.1f}" for role, cost in found["whole_roles"].items())
    rows = [
        ["the bare server, one frame to all", spread(found["bare_us"], 1), NONE, NONE],
        [
            "told to each account: log, publish, hub, socket",
            spread(found["whole_us"], 1),
            spread(found["percent"], 1),
            roles,
        ],
    ]
    head = [
        f"A frame of {found['frame_bytes']} bytes to {found['sockets']:,} sockets",
        "CPU µs",
        "% of bare",
        "By process",
    ]
    return table(head, rows) + f"\nOf the API process alone: {spread(found['serve_percent'], 1)} % of bare.\n"


def _topic(found: Found) -> str:
    roles = ", ".join(f"{role} {cost:.1f}" for role, cost in found["roles"].items())
    return (
        f"A like of a post that {found['sockets']:,} sockets look at: {spread(found['frame_us'], 1)} µs of "
        f"CPU for each `post.counts` frame, the like included ({roles}).\n"
    )


def _slow(found: Found) -> str:
    ends = ", ".join(f"{count} × {why}" for why, count in found["ends"].items()) or "none"
    return (
        f"{found['readers']} readers, alone and beside {found['slow']} who have stopped reading: p99 "
        f"{number(found['quiet_ms'].get('p99'))} and {number(found['beside_ms'].get('p99'))} ms, "
        f"{found['p99_ratio']}×; the process grew by {found['growth_bytes'] / 1e6:.1f} MB; "
        f"sockets cut: {ends}.\n"
    )


def _baseline(found: Found) -> str:
    """Of the same authors' sockets at both."""
    ways = {
        "like": "A like, by REST, until its frame",
        "delivery": "A like that has happened, until it is stored and its frame is there",
        "frame": "A frame alone, many at once",
    }
    rows = []
    for way, title in ways.items():
        for name, each in found["targets"].items():
            roles = ", ".join(f"{role} {cost:,.0f}" for role, cost in each[f"{way}_roles"].items())
            rows.append([title, name, spread(each[f"{way}_us"]), roles])
    text = table([f"{found['sockets']} sockets", "Target", "CPU µs", "By process"], rows) + "\n"
    for way, title in ways.items():
        if f"{way}_ratio" in found:
            text += f"- {title}: baseline ÷ Hubbub {spread(found[f'{way}_ratio'], 2)}×\n"
    for name, each in found["targets"].items():
        p50, p99 = _p50_p99(each["seen"]["since_sent_ms"])
        text += f"- A like until its frame, {name}: p50 {p50}, p99 {p99} ms\n"
        text += f"- Frames for each notification stored, {name}: {each['delivery_frames']:.2f}\n"
        sizes = each["socket_bytes"]
        if "node" in sizes:
            text += (
                f"- Memory for a socket, {name}: node {sizes['node']:,}, Valkey {sizes['valkey']:,} bytes\n"
            )
    return text


def _failures(failures: Mapping[str, int]) -> str:
    if not failures:
        return ", no attempt refused"
    return f", {sum(failures.values()):,} attempts refused ({', '.join(list(failures)[:2])})"


def _lost(lost: Mapping[str, int]) -> str:
    return f"{sum(lost.values())} lost ({', '.join(lost)})" if lost else "none was lost"


PARTS: Mapping[tuple[str, ...], Callable[..., str]] = {
    ("idle",): _idle,
    ("alone", "held"): _held,
    ("storm",): _storm,
    ("latency_idle",): _latencies("idle"),
    ("latency_busy",): _latencies("at 70 % of W1's peak"),
    ("w5",): _w5,
    ("broadcast",): _broadcast,
    ("topic",): _topic,
    ("slow",): _slow,
    ("baseline",): _baseline,
}
