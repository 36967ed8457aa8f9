"""How many people a running system holds: the rate it sustains, by how often somebody active asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hubbub.bench.exchange import Refused, ask_all
from hubbub.bench.generator import run_open
from hubbub.bench.inhabitants import Inhabitants, RateLimited
from hubbub.bench.mix import Mix
from hubbub.bench.outcome import Outcome
from hubbub.bench.pool import Pool
from hubbub.bench.schedule import due_times
from hubbub.bench.search import P99_SECONDS, Sustained, find_sustained
from hubbub.bench.target import Call
from hubbub.bench.workloads import Workload

CONNECTIONS = 64
WARM_UP_SECONDS = 1.0
LOCAL = ("127.0.0.1", "localhost", "::1")
TOKEN_SHARE = 0.5
"""Tokens are renewed when so much of their life is over."""


@dataclass(frozen=True, slots=True)
class Instance:
    version: str
    url: str

    def is_production(self, base_url: str) -> bool:
        """Whether real people may be there: it is behind TLS, or on another machine."""
        return self.url.startswith("https://") or urlsplit(base_url).hostname not in LOCAL


async def find_instance(base_url: str) -> Instance:
    """What runs there. Raises Refused when it is not Hubbub, Unreachable when nothing answers."""
    (answer,) = await ask_all(base_url, [Call("GET", "/v1/instance", {"Accept": "application/json"})])
    if answer.status == 429:
        raise RateLimited
    about = answer.json if answer.status == 200 else None
    if not isinstance(about, dict) or not {"version", "url"} <= about.keys():
        raise Refused(f"{base_url} does not look like Hubbub: /v1/instance answered {answer.status}")
    return Instance(str(about["version"]), str(about["url"]))


class Bench:
    """Measures one workload with one set of inhabitants."""

    def __init__(
        self, inhabitants: Inhabitants, workload: Workload, *, seconds: float, seed: int = 1
    ) -> None:
        self._inhabitants = inhabitants
        self._workload = workload
        self._seconds = seconds
        self._seed = seed
        self._renewed_at = time.monotonic()

    async def measure(self, rate: float) -> Outcome:
        """Latencies at a fixed rate. Raises RateLimited when the target's budgets get in the way."""
        inhabitants = self._inhabitants
        whole = WARM_UP_SECONDS + self._seconds
        if time.monotonic() + whole - self._renewed_at > inhabitants.seconds_left * TOKEN_SHARE:
            await inhabitants.renew()
            self._renewed_at = time.monotonic()
        mix = Mix(inhabitants.api(), self._workload, inhabitants.ground(), seed=self._seed)
        shots = mix.shots(due_times(rate, whole, seed=self._seed))
        async with Pool(inhabitants.base_url, CONNECTIONS) as pool:
            outcome = await run_open(pool, shots, seconds=whole, warm_up=WARM_UP_SECONDS, learner=mix)
        outcome.name, outcome.rate = self._workload.name, rate
        if outcome.statuses["429"]:
            raise RateLimited
        return outcome

    async def search(self, first: float, on_step: Callable[[Outcome, bool], None]) -> Sustained:
        return await find_sustained(self.measure, first=first, p99_seconds=P99_SECONDS, on_step=on_step)


def users_held(rate: float, requests_per_minute: float) -> int:
    """People who are active at once, to two digits, since more would pretend to be exact."""
    users = rate * 60 / requests_per_minute
    return int(float(f"{users:.1e}")) if users >= 1 else 0


def as_json(found: Sustained, *, requests_per_minute: float) -> dict[str, Any]:
    return {
        "sustained_per_second": round(found.rate, 1),
        "users": users_held(found.rate, requests_per_minute),
        "requests_per_user_per_minute": requests_per_minute,
        "p99_seconds": P99_SECONDS,
        "steps": [step.as_json() for step in found.steps],
    }
