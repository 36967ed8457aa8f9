"""The highest rate that a target sustains: doubled until it fails, then halved in between."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hubbub.bench.outcome import Outcome

P99_SECONDS = 0.05
PRECISION = 1.1
"""The search ends when the lowest rate that failed is at most so many times the highest that held."""
TRIES = 2
"""On a machine that does something else too, a rate has failed when it has failed this often."""
LOWEST_RATE = 1.0

Measure = Callable[[float], Awaitable[Outcome]]


@dataclass(slots=True)
class Sustained:
    """What was found; `best` is missing when not even the lowest rate was held."""

    best: Outcome | None = None
    failed: Outcome | None = None
    """At the lowest rate that was not held."""
    steps: list[Outcome] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.best.rate if self.best else 0.0


async def find_sustained(
    measure: Measure,
    *,
    first: float,
    p99_seconds: float = P99_SECONDS,
    most_steps: int = 14,
    on_step: Callable[[Outcome, bool], None] = lambda outcome, holds: None,
) -> Sustained:
    """Search from a first guess. A void run holds nothing, so that it can only make the result smaller."""
    found = Sustained()
    rate = first
    for _ in range(most_steps):
        outcome, holds = await _try(measure, rate, p99_seconds)
        found.steps.append(outcome)
        on_step(outcome, holds)
        if holds:
            found.best = outcome
        else:
            found.failed = outcome
        upcoming = _next(found)
        if upcoming is None:
            break
        rate = upcoming
    return found


async def _try(measure: Measure, rate: float, p99_seconds: float) -> tuple[Outcome, bool]:
    outcome = await measure(rate)
    for _ in range(TRIES - 1):
        if outcome.holds(p99_seconds):
            break
        outcome = await measure(rate)
    return outcome, outcome.holds(p99_seconds)


def _next(found: Sustained) -> float | None:
    if found.best is None:
        assert found.failed is not None  # noqa: S101 - one of the two is there after a step
        halved = found.failed.rate / 2
        return halved if halved >= LOWEST_RATE else None
    if found.failed is None:
        return found.best.rate * 2
    if found.failed.rate <= found.best.rate * PRECISION:
        return None
    middle: float = (found.failed.rate * found.best.rate) ** 0.5
    return middle
