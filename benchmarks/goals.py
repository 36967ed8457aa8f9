"""The goals of the project beside what was found: reached, missed, or not measured."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Results = dict[str, Any]


class Row(NamedTuple):
    what: str
    goal: str
    found: str
    is_reached: bool | None = None
    """None: not measured, or only void runs."""

    @property
    def verdict(self) -> str:
        return "not measured" if self.is_reached is None else "reached" if self.is_reached else "missed"


def goals(results: Results) -> list[Row]:
    """In the order of the page. Parts that were not run have no rows."""
    return [
        *_operations(results.get("operations", [])),
        *_login(results),
        *_mix(results),
        *_fanout(results.get("fanout")),
        *_disturbed(results, "w3", "post", "Ordinary posts' p99 while a celebrity's post drains"),
        *_disturbed(results, "w6", "home", "Home p99 while log-ins saturate"),
        *_growth(results),
        *_memory(results.get("memory")),
        *_live(results.get("live")),
    ]


def _operations(operations: list[dict[str, Any]]) -> Iterator[Row]:
    for each in operations:
        ratio = each["ratios"].get(each.get("compared") or "")
        if each["least_ratio"] is not None:
            yield _at_least(f"{each['name']}, against the baseline", each["least_ratio"], "×", _median(ratio))
        if each["least_hello"] is not None:
            share = _median(each.get("hello"))
            yield _at_least(f"{each['name']}, of a hello of the same size", each["least_hello"], " %", share)
    costs = {each["name"]: _own(each["targets"]) for each in operations}
    hot, spread = costs.get("like, all on one post"), costs.get("like, spread over posts")
    if hot and spread:
        change = 100 * (hot["total"]["median"] / spread["total"]["median"] - 1)
        yield Row("Likes of one post against likes of many, CPU", "≤ +20 %", f"{change:+.0f} %", change <= 20)


def _login(results: Results) -> Iterator[Row]:
    costs = {each["name"]: _own(each["targets"]) for each in results.get("operations", [])}
    login, hashed = costs.get("log in"), results.get("hash_us")
    if login and hashed:
        share = 100 * hashed / login["total"]["median"]
        yield _at_least("Log in, of what the password hash allows", 95, " %", share)


def _mix(results: Results) -> Iterator[Row]:
    if "w1" not in results:
        return
    rates = [each["sustained"]["rate"] for each in results["w1"]["targets"].values()]
    ratio = rates[0] / rates[1] if len(rates) > 1 and rates[0] and rates[1] else None
    yield _at_least("W1, sustained rate at p99 ≤ 50 ms, against the baseline", 10, "×", ratio)


def _fanout(fanout: dict[str, Any] | None) -> Iterator[Row]:
    if not fanout:
        return
    ours, *others = [series[-1] for series in fanout["targets"].values() if series]
    cost, raw = ours.get("per_follower_us"), fanout.get("raw")
    if others:
        theirs = others[0].get("per_follower_us")
        ratio = theirs / cost if theirs and cost and cost > 0 else None
        yield _at_least("Fan-out for each follower, against the baseline", 30, "×", ratio)
    if raw:
        share = 100 * (raw["valkey_us"] + raw["client_us"]) / cost if cost and cost > 0 else None
        yield _at_least("Fan-out for each follower, of a pipelined LPUSH", 50, " %", share)
    size, seen = f"{ours['size']:,}", ours["seen_ms"]
    if others:
        ratio = others[0]["seen_ms"]["median"] / seen["median"]
        yield _at_least(
            f"A post seen by the last of {size} followers, sooner than the baseline", 20, "×", ratio
        )
    slowest = seen["high"]
    yield Row(
        f"A post seen by the last of {size} followers, idle", "≤ 50 ms", f"{slowest:.0f} ms", slowest <= 50
    )


def _disturbed(results: Results, part: str, operation: str, what: str) -> Iterator[Row]:
    if part not in results:
        return
    measured = _own(results[part]["targets"])
    quiet, busy = (
        (measured or {}).get(state, {}).get("latency_ms", {}).get(operation)
        for state in ("quiet", "disturbed")
    )
    if not quiet or not busy or not quiet["p99"]:
        yield Row(what, "≤ +20 %", "–")
        return
    rise = 100 * (busy["p99"] / quiet["p99"] - 1)
    found = f"{rise:+.0f} % ({quiet['p99']:.1f} to {busy['p99']:.1f} ms)"
    yield Row(what, "≤ +20 %", found, rise <= 20)


def _growth(results: Results) -> Iterator[Row]:
    for page, measured in results.get("growth", {}).get("pages", {}).items():
        series = _own(measured["targets"]) or []
        if len(series) > 1:
            sizes = f"{series[0]['size']:,} to {series[-1]['size']:,} follows"
            yield _within(f"Home page {page}, CPU by follows, {sizes}", [each["median"] for each in series])
    systems = results.get("accounts") or []
    if len(systems) > 1:
        sizes = f"{systems[0]['accounts']:,} to {systems[-1]['accounts']:,} accounts"
        for operation in _own(systems[0]["targets"]) or {}:
            costs = [_own(each["targets"])[operation]["median"] for each in systems]
            yield _within(f"{operation.capitalize()}, CPU by size, {sizes}", costs)


def _memory(memory: dict[str, Any] | None) -> Iterator[Row]:
    if not memory:
        return
    post = memory["text"] + 140
    for what, key, most in (
        ("A like with its indexes", "like", 82.0),
        ("A follow with its indexes", "follow", 124.0),
        (f"A post with its indexes, text of {memory['text']:.0f} B", "post", post),
        ("Valkey for each who reads", "per_account", 10 * 1024.0),
    ):
        yield Row(what, f"≤ {most:,.0f} B", f"{memory[key]:,.0f} B", memory[key] <= most)
    entries = memory["longest_list_entries"]
    if entries >= 800:
        found = memory["longest_list_bytes"]
        yield Row(f"A home list of {entries}", "≤ 8,704 B", f"{found:,} B", found <= 8_704)


def _live(live: dict[str, Any] | None) -> Iterator[Row]:
    if live is None:
        return
    idle, broadcast, slow = (live.get(name, {}) for name in ("idle", "broadcast", "slow"))
    sockets = f"{idle.get('sockets', 0):,}"
    yield _at_most("Memory for an idle socket", 12_288, " B", idle.get("bytes", {}).get("serve"))
    yield _at_most("CPU for an idle socket", 3, " µs/s", idle.get("cpu_us_per_second", {}).get("serve"))
    seconds = live.get("storm", {}).get("seconds")
    yield _at_most(f"{sockets} sockets cut and all open again", 30, " s", max(seconds) if seconds else None)
    for load, most in (("idle", 30), ("busy", 100)):
        for kind in ("like", "comment", "message"):
            p99 = live.get(f"latency_{load}", {}).get(kind, {}).get("since_sent_ms", {}).get("p99")
            at = "idle" if load == "idle" else "at 70 % of W1's peak"
            yield _at_most(f"{kind.capitalize()} until its frame, p99, {at}", most, " ms", p99)
    yield _at_least(
        "A frame to each of many accounts, of a bare broadcast", 50, " %", _median(broadcast.get("percent"))
    )
    bare, topic = _median(broadcast.get("bare_us")), _median(live.get("topic", {}).get("frame_us"))
    yield _at_least(
        "A change told to all who look at a post, of a bare broadcast",
        50,
        " %",
        100 * bare / topic if bare and topic else None,
    )
    yield _at_most("Readers' p99 beside slow ones", 1.5, "×", slow.get("p99_ratio"))
    growth = slow.get("growth_bytes")
    yield _at_most("Memory that slow readers add", 8, " MB", growth / 1e6 if growth is not None else None)
    beside = live.get("baseline", {})
    for what, key in (
        ("A frame to an open socket, against the baseline", "frame_ratio"),
        ("A notification, stored and told, against the baseline", "delivery_ratio"),
    ):
        yield _at_least(what, 3, "×", _median(beside.get(key)))


def _at_most(what: str, most: float, unit: str, found: float | None) -> Row:
    if found is None:
        return Row(what, f"≤ {most:,g}{unit}", "–")
    return Row(what, f"≤ {most:,g}{unit}", f"{found:,.1f}{unit}", found <= most)


def _at_least(what: str, least: float, unit: str, found: float | None) -> Row:
    if found is None:
        return Row(what, f"≥ {least:g}{unit}", "–")
    return Row(what, f"≥ {least:g}{unit}", f"{found:,.1f}{unit}", found >= least)


def _within(what: str, costs: list[float]) -> Row:
    """How far any size is from the smallest one."""
    changes = [100 * (cost / costs[0] - 1) for cost in costs[1:]]
    furthest = max(changes, key=abs)
    return Row(what, "within ±10 %", f"{furthest:+.0f} %", abs(furthest) <= 10)


def _own(targets: dict[str, Any]) -> Any:
    """Of Hubbub, which stands first."""
    return next(iter(targets.values()), None)


def _median(found: dict[str, float] | None) -> float | None:
    return found["median"] if found else None
