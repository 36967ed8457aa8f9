"""What a limiter concludes from how its budgets stand, and what clients can rely on in its headers."""

from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.rates.budgets import Budget
from hubbub.platform.rates.local import LocalLimiter, halved
from hubbub.platform.rates.verdict import SECOND, Quota, Standing, Verdict, conclude

QUOTAS = st.builds(Quota, st.sampled_from(["a", "b", "c"]), st.integers(1, 10**9), st.integers(1, 5000))


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    quota = draw(QUOTAS)
    until_full = draw(st.integers(0, quota.burst * quota.interval))
    return Standing(quota, until_full, draw(st.integers(1, quota.burst)))


def verdict_of(found: list[Standing]) -> Verdict:
    return conclude(found, allowed=all(each.missing <= 0 for each in found), clock=1_700_000_000)


@given(standings())
def test_what_remains_is_what_could_still_be_spent_at_once(standing: Standing) -> None:
    left = standing.remaining

    assert 0 <= left <= standing.quota.burst
    assert left == 0 or standing._replace(cost=left).missing <= 0
    assert left == standing.quota.burst or standing._replace(cost=left + 1).missing > 0


@given(st.lists(standings(), min_size=1, max_size=4))
def test_the_verdict_speaks_of_one_of_its_budgets(found: list[Standing]) -> None:
    verdict = verdict_of(found)

    assert (verdict.policy, verdict.limit) in {(each.quota.policy, each.quota.burst) for each in found}
    assert 0 <= verdict.remaining <= verdict.limit
    assert verdict.window_seconds >= 1


@given(st.lists(standings(), min_size=1, max_size=4))
def test_who_waits_for_as_long_as_was_said_is_let_through(found: list[Standing]) -> None:
    wait = verdict_of(found).retry_after_seconds * SECOND

    later = [each._replace(until_full=max(0, each.until_full - wait)) for each in found]

    assert all(each.missing <= 0 for each in later)


@given(st.lists(standings(), min_size=1, max_size=4))
def test_nobody_is_told_to_wait_a_second_longer_than_needed(found: list[Standing]) -> None:
    verdict = verdict_of(found)
    sooner = (verdict.retry_after_seconds - 1) * SECOND

    still = [each._replace(until_full=max(0, each.until_full - sooner)) for each in found]

    assert verdict.retry_after_seconds <= 1 or any(each.missing > 0 for each in still)


@given(st.lists(standings(), min_size=1, max_size=4))
def test_a_refusal_is_never_of_no_time_and_a_pass_never_of_any(found: list[Standing]) -> None:
    verdict = verdict_of(found)

    assert (verdict.retry_after_seconds == 0) is verdict.allowed
    assert ("Retry-After" in verdict.headers()) is not verdict.allowed


@given(st.lists(standings(), min_size=2, max_size=4))
def test_of_budgets_that_pass_the_smallest_part_left_is_told(found: list[Standing]) -> None:
    rested = [each._replace(cost=max(1, each.remaining)) for each in found if each.remaining]
    verdict = conclude(rested or found, allowed=True, clock=0)

    assert verdict.remaining / verdict.limit == min(
        each.remaining / each.quota.burst for each in rested or found
    )


@given(standings())
def test_the_reset_is_when_it_is_full_and_not_before(standing: Standing) -> None:
    verdict = verdict_of([standing])

    assert (verdict.reset_seconds - 1) * SECOND < standing.until_full <= verdict.reset_seconds * SECOND
    assert verdict.headers()["X-RateLimit-Reset"] == str(1_700_000_000 + verdict.reset_seconds)


@given(QUOTAS)
def test_a_halved_quota_lets_one_through_and_no_more_than_half_otherwise(quota: Quota) -> None:
    half = halved(quota)

    assert 1 <= half.burst <= max(1, quota.burst / 2)
    assert half.interval == 2 * quota.interval


@given(st.floats(0.1, 10_000), st.integers(1, 86_400), st.integers(1, 10_000), st.floats(0, 1_000))
def test_a_scaled_budget_always_gives_something_back(
    limit: float, period: int, burst: int, factor: float
) -> None:
    scaled = Budget("any", limit, period, burst, "why").scaled(factor)

    assert scaled.burst >= 1
    assert 0 < scaled.interval_seconds <= period
    assert (scaled.name, scaled.why, scaled.fails_open) == ("any", "why", True)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3 * SECOND)), max_size=40))
def test_no_second_sees_more_than_burst_and_what_came_back(asked: list[tuple[int, int]]) -> None:
    now, spent = 0, 0
    limiter = LocalLimiter(clock=lambda: now)
    quota = Quota("q", SECOND // 2, 5)

    for cost, pause in asked:
        now += pause
        spent += cost if limiter.decide([("k", quota, cost)]).allowed else 0

    assert spent <= quota.burst + now // quota.interval


def test_a_refused_request_charges_none_of_its_budgets() -> None:
    limiter = LocalLimiter(clock=lambda: 0)
    wide, narrow = Quota("wide", SECOND, 10), Quota("narrow", SECOND, 1)
    limiter.decide([("n", narrow, 1)])

    refused = limiter.decide([("w", wide, 1), ("n", narrow, 1)])

    assert (refused.allowed, refused.policy) == (False, "narrow")
    assert limiter.decide([("w", wide, 1)], is_spending=False).remaining == 10


def test_looking_spends_nothing_and_keeps_no_entry() -> None:
    limiter = LocalLimiter(clock=lambda: 0)

    for _ in range(20):
        assert limiter.decide([("k", Quota("q", SECOND, 3), 1)], is_spending=False).allowed

    assert len(limiter) == 0
