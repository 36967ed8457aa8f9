"""What was measured, as a table for people or JSON for programs."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import ROLES


@dataclass(slots=True)
class Series:
    """One operation over all rounds. All costs are microseconds of CPU per request."""

    name: str
    body_bytes: int = 0
    costs: list[dict[str, float]] = field(default_factory=list)
    hellos: list[float] = field(default_factory=list)
    """Of a hello of the same size behind the front, in the same round."""
    rates: list[float] = field(default_factory=list)

    @property
    def totals(self) -> list[float]:
        return [sum(cost.values()) for cost in self.costs]

    def median(self, role: str) -> float:
        return statistics.median(cost.get(role, 0.0) for cost in self.costs)

    @property
    def share_of_hello(self) -> float:
        """How many of these one gets for the CPU of 100 hellos; the median of the rounds' own ratios."""
        pairs = zip(self.hellos, self.totals, strict=True)
        return 100 * statistics.median(hello / total for hello, total in pairs)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "body_bytes": self.body_bytes,
            "cpu_us": {role: round(self.median(role), 1) for role in self.costs[0]},
            "total_us": round(statistics.median(self.totals), 1),
            "total_us_range": [round(min(self.totals), 1), round(max(self.totals), 1)],
            "hello_us": round(statistics.median(self.hellos), 1) if self.hellos else None,
            "percent_of_hello": round(self.share_of_hello, 1) if self.hellos else None,
            "requests_per_second": round(statistics.median(self.rates)),
        }


@dataclass(frozen=True, slots=True)
class Report:
    conditions: dict[str, Any]
    hellos: Sequence[Series]
    operations: Sequence[Series]

    def as_json(self) -> dict[str, Any]:
        return {
            "conditions": self.conditions,
            "hello": [series.as_json() for series in self.hellos],
            "operations": [series.as_json() for series in self.operations],
        }

    def as_text(self) -> str:
        """Markdown, as it stands in docs/benchmarks/README.md."""
        lines = [f"- {name}: {value}" for name, value in self.conditions.items()]
        lines += ["", "| Hello | CPU µs | Spread | Requests/s |", "|---|---|---|---|"]
        lines += [
            f"| {each.name} | {each.median('hello'):.1f} | {_spread(each.totals)} "
            f"| {statistics.median(each.rates):,.0f} |"
            for each in self.hellos
        ]
        head = ["Operation", "% of hello", "CPU µs", "Spread", *ROLES, "Hello µs", "Bytes", "Requests/s"]
        lines += ["", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        return "\n".join([*lines, *(self._line(series) for series in self.operations)])

    @staticmethod
    def _line(series: Series) -> str:
        cells = [
            series.name,
            f"{series.share_of_hello:.1f}",
            f"{statistics.median(series.totals):,.0f}",
            _spread(series.totals),
            *(f"{series.median(role):,.0f}" for role in ROLES),
            f"{statistics.median(series.hellos):.1f}",
            f"{series.body_bytes:,}",
            f"{statistics.median(series.rates):,.0f}",
        ]
        return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):,.0f} to {max(values):,.0f}"


def machine() -> dict[str, str]:
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "machine": f"{os.cpu_count()} cores of {_processor()}, Linux {platform.release()}",
        "load before": f"{load} (1, 5 and 15 minutes)",
        "python": platform.python_version(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()
