"""The limiter in Valkey and the local one against a token bucket written the other way round."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.platform.rates import Budget, Charge, RateLimiter
from hubbub.platform.rates.local import LocalLimiter
from hubbub.platform.rates.verdict import Quota

subjects = count(1)


@dataclass
class Bucket:
    """Counts tokens that trickle in, where the code keeps the moment at which it is full."""

    burst: int
    interval: int
    tokens: Fraction = field(init=False)
    at: int = 0

    def __post_init__(self) -> None:
        self.tokens = Fraction(self.burst)

    def pass_time(self, now: int) -> None:
        self.tokens = min(Fraction(self.burst), self.tokens + Fraction(now - self.at, self.interval))
        self.at = now

    def spend(self, cost: int) -> bool:
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def refund(self, cost: int) -> None:
        self.tokens = min(Fraction(self.burst), self.tokens + cost)


quotas = st.tuples(st.integers(1, 50), st.integers(1, 10_000))
steps = st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 12)), min_size=1, max_size=60)


@given(quota=quotas, steps=steps)
def test_the_local_limiter_agrees_with_the_model(
    quota: tuple[int, int], steps: list[tuple[int, int]]
) -> None:
    burst, interval = quota
    now = 1_000_000
    model = Bucket(burst, interval, at=now)
    limiter = LocalLimiter(clock=lambda: now)

    for wait, cost in steps:
        now += wait
        model.pass_time(now)
        verdict = limiter.decide([("key", Quota("test", interval, burst), cost)])
        assert verdict.allowed == model.spend(min(cost, burst))
        assert verdict.remaining == int(model.tokens)


operations = st.lists(
    st.tuples(st.sampled_from(["spend", "peek", "refund"]), st.integers(1, 12)), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(burst=st.integers(1, 30), operations=operations)
async def test_the_function_in_valkey_agrees_with_the_model(
    limiter: RateLimiter, burst: int, operations: list[tuple[str, int]]
) -> None:
    # A unit takes a day to come back, so that the test's own time makes no difference.
    budget = Budget("model", limit=1, period_seconds=86_400, burst=burst, why="test")
    subject, model = f"account:{next(subjects)}", Bucket(burst, 86_400_000_000)

    for mode, cost in operations:
        charge = Charge(budget, subject, min(cost, burst))
        if mode == "refund":
            await limiter.refund([charge])
            model.refund(charge.cost)
        elif mode == "peek":
            assert (await limiter.peek([charge])).allowed == (model.tokens >= charge.cost)
        else:
            verdict = await limiter.spend([charge])
            assert verdict.allowed == model.spend(charge.cost)
            assert verdict.remaining == model.tokens


def test_the_local_limiter_forgets_the_longest_unused_first() -> None:
    limiter = LocalLimiter(max_entries=100, clock=lambda: 0)
    quota = Quota("test", 1_000_000, 1)
    limiter.decide([("kept", quota, 1)])

    for number in range(1000):
        limiter.decide([(f"flood{number}", quota, 1)])
        limiter.decide([("kept", Quota("test", 1, 1_000_000), 1)])

    assert len(limiter) == 100
    assert not limiter.decide([("kept", quota, 1)]).allowed
