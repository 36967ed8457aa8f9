"""Latencies in buckets of equal relative width: any number in little memory, percentiles within 1 %."""

import math

BITS = 7
STEPS = 1 << BITS
"""Buckets for each doubling, so a bucket is at most 1/128 of its value wide. Below 256 µs all are exact."""


class Histogram:
    """Counts of durations, kept in whole microseconds."""

    __slots__ = ("_counts", "count", "highest", "total")

    def __init__(self) -> None:
        self._counts: list[int] = [0] * (32 * STEPS)
        self.count = 0
        self.total = 0
        self.highest = 0

    def add(self, seconds: float) -> None:
        value = max(0, round(seconds * 1e6))
        shift = max(0, value.bit_length() - BITS - 1)
        position = shift * STEPS + (value >> shift)
        self._counts[min(position, len(self._counts) - 1)] += 1
        self.count += 1
        self.total += value
        if value > self.highest:
            self.highest = value

    def merge(self, other: "Histogram") -> None:
        self._counts = [mine + theirs for mine, theirs in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.total += other.total
        self.highest = max(self.highest, other.highest)

    def percentile(self, percent: float) -> float:
        """Seconds within which `percent` of all values lie (0 when there are none); never too small."""
        wanted = math.ceil(self.count * percent / 100)
        seen = 0
        for position, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(_upper_edge(position), self.highest) / 1e6
        return 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count / 1e6 if self.count else 0.0


def _upper_edge(position: int) -> int:
    shift = max(0, position // STEPS - 1)
    return ((position - shift * STEPS + 1) << shift) - 1
