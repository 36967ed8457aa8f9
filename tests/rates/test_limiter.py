import asyncio
import math
import time
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from hubbub.errors import TooMany
from hubbub.platform.rates import (
    Budget,
    Charge,
    RateLimiter,
    RouteClass,
    ip_charges,
    route_charges,
    text_subject,
)
from hubbub.platform.rates.budgets import LOGIN_IP, LOGIN_SUBJECT
from hubbub.platform.valkey import Valkey, open_valkey

SLOW = Budget("slow", limit=1, period_seconds=3600, burst=10, why="hardly anything comes back in a test")


async def allowed_of(limiter: RateLimiter, charges: list[Charge], attempts: int) -> int:
    return sum([(await limiter.spend(charges)).allowed for _ in range(attempts)])


async def test_exactly_the_burst_passes_and_then_nothing(limiter: RateLimiter) -> None:
    verdicts = [await limiter.spend([Charge(SLOW, "account:1")]) for _ in range(12)]

    assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]


async def test_64_clients_of_one_key_get_the_burst_and_the_rate_to_one_unit(
    valkey_url: str, valkey: Valkey
) -> None:
    budget = Budget("exact", limit=100, period_seconds=2, burst=100, why="test")
    clients = [await open_valkey(valkey_url, deadline_seconds=5) for _ in range(4)]
    limiters = [RateLimiter(client) for client in clients]
    moments: list[float] = []
    ends_at = time.monotonic() + 1.5

    async def hammer(limiter: RateLimiter) -> None:
        while time.monotonic() < ends_at:
            if (await limiter.spend([Charge(budget, "account:1")])).allowed:
                moments.append(time.monotonic())

    await asyncio.gather(*(hammer(limiters[number % 4]) for number in range(64)))

    expected = budget.burst + (moments[-1] - moments[0]) / budget.interval_seconds
    assert abs(len(moments) - expected) <= 2  # one unit, and one for reading the clock beside the server's
    for client in clients:
        await client.close()


async def test_other_subjects_and_other_budgets_are_untouched(limiter: RateLimiter) -> None:
    await allowed_of(limiter, [Charge(SLOW, "account:1")], 11)

    assert (await limiter.spend([Charge(SLOW, "account:2")])).remaining == 9
    assert (await limiter.spend([Charge(replace(SLOW, name="other"), "account:1")])).remaining == 9


async def test_a_dear_request_costs_more_and_is_refused_whole(limiter: RateLimiter) -> None:
    assert (await limiter.spend([Charge(SLOW, "account:1", cost=7)])).remaining == 3

    refused = await limiter.spend([Charge(SLOW, "account:1", cost=4)])

    assert not refused.allowed
    assert refused.remaining == 3
    assert refused.retry_after_seconds in (3599, 3600)


async def test_a_cost_above_the_burst_is_the_burst(limiter: RateLimiter) -> None:
    assert (await limiter.spend([Charge(SLOW, "account:1", cost=99)])).remaining == 0


async def test_several_budgets_cost_one_round_trip_and_are_charged_all_or_none(
    limiter: RateLimiter, valkey: Valkey
) -> None:
    wide = replace(SLOW, name="wide", burst=100)
    both = [Charge(SLOW, "ip:1"), Charge(wide, "net:2")]
    before = valkey.round_trips
    assert await allowed_of(limiter, both, 15) == 10
    assert valkey.round_trips - before == 15

    assert (await limiter.peek([Charge(wide, "net:2")])).remaining == 90


async def test_the_budget_nearest_to_its_limit_is_reported(limiter: RateLimiter) -> None:
    wide = replace(SLOW, name="wide", burst=100)

    verdict = await limiter.spend([Charge(wide, "ip:1", cost=50), Charge(SLOW, "ip:1", cost=6)])

    assert (verdict.policy, verdict.remaining, verdict.limit) == ("slow", 4, 10)


async def test_peeking_spends_nothing(limiter: RateLimiter) -> None:
    charge = Charge(SLOW, "account:1")
    for _ in range(20):
        assert (await limiter.peek([charge])).allowed
    await allowed_of(limiter, [charge], 10)

    assert not (await limiter.peek([charge])).allowed


async def test_a_refunded_charge_counts_no_more(limiter: RateLimiter, valkey: Valkey) -> None:
    charge = Charge(LOGIN_SUBJECT, text_subject("bob@example.org"))

    for _ in range(30):
        assert (await limiter.spend([charge])).allowed
        await limiter.refund([charge])
    await limiter.refund([charge])

    assert (await limiter.spend([charge])).remaining == LOGIN_SUBJECT.burst - 1


async def test_no_more_can_be_refunded_than_was_spent(limiter: RateLimiter) -> None:
    await limiter.refund([Charge(SLOW, "account:1", cost=5)])

    assert await allowed_of(limiter, [Charge(SLOW, "account:1")], 15) == 10


async def test_headers_agree_with_the_verdict(limiter: RateLimiter) -> None:
    budget = Budget("read", limit=300, period_seconds=60, burst=300, why="test")

    verdict = await limiter.spend([Charge(budget, "account:1", cost=100)])
    headers = verdict.headers()

    assert headers["RateLimit-Policy"] == '"read";q=300;w=60'
    assert headers["RateLimit"] == '"read";r=200;t=20'
    assert headers["X-RateLimit-Limit"] == "300"
    assert headers["X-RateLimit-Remaining"] == "200"
    assert abs(int(headers["X-RateLimit-Reset"]) - (time.time() + 20)) < 3
    assert "Retry-After" not in headers
    assert verdict.fields() == [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def test_a_refusal_says_when_to_come_back_and_it_is_true(limiter: RateLimiter) -> None:
    budget = Budget("quick", limit=2, period_seconds=1, burst=1, why="test")
    charge = [Charge(budget, "account:1")]
    await limiter.spend(charge)
    refused = await limiter.spend(charge)
    assert refused.retry_after_seconds == 1

    with pytest.raises(TooMany) as caught:
        refused.raise_if_refused()
    assert caught.value.headers["Retry-After"] == "1"

    await asyncio.sleep(0.55)  # the time that a unit takes to come back is what is tested
    assert (await limiter.spend(charge)).allowed


async def test_refusals_are_counted_by_budget(limiter: RateLimiter, registry: CollectorRegistry) -> None:
    await allowed_of(limiter, [Charge(SLOW, "account:1")], 13)

    assert registry.get_sample_value("hubbub_rate_refused_total", {"budget": "slow"}) == 3


async def test_the_factor_multiplies_every_budget(valkey: Valkey) -> None:
    assert await allowed_of(RateLimiter(valkey, 0.5), [Charge(SLOW, "account:1")], 20) == 5
    assert await allowed_of(RateLimiter(valkey, 3), [Charge(SLOW, "account:2")], 40) == 30
    assert await allowed_of(RateLimiter(valkey, 0), [Charge(SLOW, "account:3")], 5) == 1


async def test_at_most_25_guesses_from_one_address_pass_in_five_minutes(limiter: RateLimiter) -> None:
    at_once = await allowed_of(limiter, ip_charges(LOGIN_IP, "203.0.113.9"), 40)

    assert at_once + math.floor(300 / LOGIN_IP.interval_seconds) <= 25


async def test_one_ipv6_network_is_one_client_and_its_site_has_ten_times_as_much(
    limiter: RateLimiter,
) -> None:
    inside = [(await limiter.spend(ip_charges(SLOW, f"2001:db8:1:2::{n:x}"))).allowed for n in range(30)]
    across = [(await limiter.spend(ip_charges(SLOW, f"2001:db8:1:{n:x}::1"))).allowed for n in range(3, 303)]

    assert sum(inside) == 10
    assert sum(across) == 90


async def test_what_people_type_stands_in_no_key(limiter: RateLimiter, valkey: Valkey) -> None:
    for typed in ("bob", "a@b.org", "{x}:*\r\nFLUSHALL", "account:1 or 1=1", "ip:zz"):
        await limiter.spend([Charge(LOGIN_SUBJECT, typed), Charge(LOGIN_SUBJECT, text_subject(typed))])

    keys = b" ".join(await valkey.command("KEYS", "*"))
    assert keys.count(b"rate:{text:") == len(keys.split())
    assert not any(part in keys for part in (b"bob", b"b.org", b"FLUSHALL", b"or 1", b"zz"))


async def test_a_spent_budget_leaves_no_key_for_ever(limiter: RateLimiter, valkey: Valkey) -> None:
    await limiter.spend([Charge(SLOW, "account:1")])

    [key] = await valkey.command("KEYS", "*")
    assert 0 < await valkey.command("PTTL", key) <= 3_600_000


async def test_a_member_is_charged_by_account_and_a_stranger_by_address(limiter: RateLimiter) -> None:
    member = route_charges(RouteClass.READ, ip="203.0.113.9", account_id=7, app_id=3)
    stranger = route_charges(RouteClass.READ, ip="2001:db8::1")

    assert [(charge.budget.name, charge.subject) for charge in member] == [
        ("read-member", "account:7"),
        ("read-app", "app:3"),
    ]
    assert [(charge.budget.name, charge.subject) for charge in stranger] == [
        ("read-anonymous", "net:2001:db8::/64"),
        ("read-anonymous-wide", "net:2001:db8::/48"),
    ]


async def test_nothing_to_charge_is_a_mistake(limiter: RateLimiter) -> None:
    with pytest.raises(ValueError, match="nothing"):
        await limiter.spend([])
