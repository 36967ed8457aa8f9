"""Metrics of this process: one registry, REGISTRY; a metric is a module-level name where it is counted.

Every process has its own registry and its own metrics port, so nothing is shared between processes.
"""

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

__all__ = [
    "REGISTRY",
    "Counter",
    "Counts",
    "Gauge",
    "Histogram",
    "Requests",
    "counter",
    "gauge",
    "histogram",
    "timed",
]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def counter(name: str, doc: str, labels: Sequence[str] = ()) -> Counter:
    """Labels hold words from a fixed list, never ids, texts or addresses."""
    return Counter(name, doc, labels, registry=REGISTRY)


def gauge(name: str, doc: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(name, doc, labels, registry=REGISTRY)


def histogram(
    name: str, doc: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = SECONDS
) -> Histogram:
    return Histogram(name, doc, labels, buckets=buckets, registry=REGISTRY)


@contextmanager
def timed(metric: Histogram) -> Iterator[None]:
    """Observe the seconds that a block took, also when it raises."""
    started = time.perf_counter()
    try:
        yield
    finally:
        metric.observe(time.perf_counter() - started)


class Counts(Collector):
    """A counter for the path of every request: only the event loop adds to it, so it takes no lock."""

    def __init__(
        self,
        name: str,
        doc: str,
        labels: Sequence[str],
        *,
        registry: CollectorRegistry | None = REGISTRY,
    ) -> None:
        self._name = name
        self._doc = doc
        self._labels = labels
        self._values: dict[tuple[str, ...], int] = {}
        if registry is not None:
            registry.register(self)

    def add(self, *labels: str, amount: int = 1) -> None:
        self._values[labels] = self._values.get(labels, 0) + amount

    def value(self, *labels: str) -> int:
        return self._values.get(labels, 0)

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily(self._name, self._doc, labels=self._labels)
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family


class Requests(Collector):
    """Durations by route template, method and status class.

    Observing costs a dict lookup and two additions: the client library's own histogram takes locks that a
    single event loop does not need, and is several times as expensive on the path of every request.
    """

    def __init__(self, registry: CollectorRegistry | None = REGISTRY) -> None:
        self._series: dict[tuple[str, str, int], list[float]] = {}
        if registry is not None:
            registry.register(self)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        key = (route, method, status // 100)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = [0.0] * (len(SECONDS) + 2)
        series[bisect_left(SECONDS, seconds)] += 1
        series[-1] += seconds

    def collect(self) -> Iterable[HistogramMetricFamily]:
        family = HistogramMetricFamily(
            "hubbub_request_seconds",
            "Time from the end of a request's headers to the end of its answer.",
            labels=["route", "method", "status"],
        )
        for (route, method, hundreds), series in self._series.items():
            *counts, total = series
            running, buckets = 0.0, []
            for bound, count in zip((*map(str, SECONDS), "+Inf"), counts, strict=True):
                running += count
                buckets.append((bound, running))
            family.add_metric([route, method, f"{hundreds}xx"], buckets, sum_value=total)
        yield family
