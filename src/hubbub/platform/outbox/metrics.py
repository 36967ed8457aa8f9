"""What a worker tells about itself."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram


class OutboxMetrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, text: str, label: str = "consumer") -> Counter:
            return Counter(f"hubbub_outbox_{name}", text, [label], registry=registry)

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
        self.processed = counter("processed", "Events handled.")
        self.failed = counter("failed", "Tries of an event that failed.")
        self.dead = counter("dead", "Events put aside as dead letters.")
        self.stumbles = counter("stumbles", "Errors of the worker itself, which goes on.", "part")
        self.jobs = Counter(
            "hubbub_periodic_jobs", "Runs of periodic jobs.", ["job", "outcome"], registry=registry
        )
