"""Load for a running system, over HTTP alone: schedules, latencies that hide nothing, and what they say."""

from hubbub.bench.target import OPERATIONS, Api, Call, Person

__all__ = [
    "OPERATIONS",
    "Api",
    "Call",
    "Person",
]
