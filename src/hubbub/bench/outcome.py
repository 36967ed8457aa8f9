"""What came of a run, and whether it may be believed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hubbub.bench.histogram import Histogram

LATE_SECONDS = 0.002
"""A request sent this long after it was due is late by the generator's own fault."""
MOST_LATE = 0.01
MOST_CPU = 1 / 3
MOST_FAILED = 0.001


class VoidRun(Exception):
    """The generator, not the target, decided what was measured."""


@dataclass(slots=True)
class Outcome:
    """Latencies count from when a request was due; failed, dropped and late ones are counted apart."""

    name: str = ""
    rate: float = 0.0
    """Asked for; 0 in a closed loop."""
    seconds: float = 0.0
    latencies: dict[str, Histogram] = field(default_factory=dict)
    """By operation, of those that succeeded."""
    seconds_of: dict[int, Histogram] = field(default_factory=dict)
    """By the second in which a request was due: how latencies change during the run."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Of those that failed: the status, or what broke."""
    example: str = ""
    """The first failed answer."""
    sent: int = 0
    late: int = 0
    lateness: Histogram = field(default_factory=Histogram)
    dropped: int = 0
    """Not answered in time, or not even sent because all connections were waiting."""
    body_bytes: int = 0
    cpu_share: float = 0.0
    """Of the whole machine, used by the process that made the load."""

    @property
    def answered(self) -> int:
        return sum(each.count for each in self.latencies.values())

    @property
    def failed(self) -> int:
        return self.statuses.total()

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def mean_body_bytes(self) -> int:
        return round(self.body_bytes / self.answered) if self.answered else 0

    @property
    def failed_share(self) -> float:
        """Of all that were due, those without a good answer."""
        due = self.answered + self.failed + self.dropped
        return (self.failed + self.dropped) / due if due else 0.0

    @property
    def void(self) -> str:
        """Why this run says nothing about the target; empty when it does."""
        if not self.answered:
            return f"nothing was answered ({self.example or 'no reason is known'})"
        if self.cpu_share > MOST_CPU:
            return f"the generator took {self.cpu_share:.0%} of the machine"
        if self.sent and self.late / self.sent > MOST_LATE:
            return f"the generator sent {self.late / self.sent:.1%} of the requests late"
        return ""

    def all(self) -> Histogram:
        return self.of(*self.latencies)

    def of(self, *operations: str) -> Histogram:
        merged = Histogram()
        for operation in operations:
            if operation in self.latencies:
                merged.merge(self.latencies[operation])
        return merged

    def percentile(self, percent: float, *operations: str) -> float:
        """Seconds. Raises VoidRun: a figure that means nothing is not told."""
        if self.void:
            raise VoidRun(self.void)
        return (self.of(*operations) if operations else self.all()).percentile(percent)

    def holds(self, p99_seconds: float) -> bool:
        """Whether this rate was sustained: believable, hardly anything failed, and quick enough."""
        if self.void or self.failed_share > MOST_FAILED:
            return False
        return self.percentile(99) <= p99_seconds

    def as_json(self) -> dict[str, Any]:
        counts = {
            "name": self.name,
            "rate": round(self.rate, 1),
            "seconds": round(self.seconds, 2),
            "answered": self.answered,
            "failed": dict(self.statuses),
            "dropped": self.dropped,
            "late": self.late,
            "generator_cpu_share": round(self.cpu_share, 3),
            "void": self.void or None,
        }
        if self.void:
            return counts
        everything = {"all": self.all(), **self.latencies}
        return counts | {
            "per_second": round(self.per_second, 1),
            "latency_ms": {name: _in_ms(histogram) for name, histogram in everything.items()},
        }


def _in_ms(histogram: Histogram) -> dict[str, float]:
    return {
        "count": histogram.count,
        **{f"p{percent:g}": round(histogram.percentile(percent) * 1000, 2) for percent in (50, 99, 99.9)},
        "max": round(histogram.highest / 1000, 2),
    }
