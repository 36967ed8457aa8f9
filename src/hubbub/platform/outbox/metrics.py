"""What a worker tells about itself."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram


class OutboxMetrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, text: str, label: str = "consumer") -> Counter:
            return Counter(f"hubbub_outbox_{name}", text, [label], registry=registry)

        self.registry = registry
        self.lag = Gauge(
            "hubbub_outbox_lag_seconds",
            "Age of the oldest event that is due.",
            ["consumer"],
            registry=registry,
        )
        self.seconds = Histogram(
            "hubbub_outbox_batch_seconds",
            "Time to handle a batch of events.",
            ["consumer"],
            registry=registry,
        )
        self.sizes = Histogram(
            "hubbub_outbox_batch_events",
            "Events handled in one transaction.",
            ["consumer"],
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=registry,
        )
        self.dead_letters = Gauge(
            "hubbub_outbox_dead_letters",
            "Events that are set aside now, until an operator replays them.",
            ["consumer"],
            registry=registry,
        )
        self.processed = counter("processed", "Events handled.")
        self.failed = counter("failed", "Tries of an event that failed.")
        self.dead = counter("dead", "Events put aside as dead letters.")
        self.stumbles = counter("stumbles", "Errors of the worker itself, which goes on.", "part")
        self.jobs = Counter(
            "hubbub_periodic_jobs", "Runs of periodic jobs.", ["job", "outcome"], registry=registry
        )

    def note_batch(self, consumer: str, events: int, seconds: float) -> None:
        self.processed.labels(consumer).inc(events)
        self.sizes.labels(consumer).observe(events)
        self.seconds.labels(consumer).observe(seconds)
