import time
from collections.abc import AsyncIterator, Iterator

import pytest
from prometheus_client import CollectorRegistry

from hubbub.errors import Unavailable
from hubbub.platform.rates import (
    Budget,
    Charge,
    RateLimiter,
    RouteClass,
    ip_charges,
    route_charges,
    text_subject,
)
from hubbub.platform.rates.budgets import LOGIN_IP, LOGIN_SUBJECT, MAIL_SUBJECT, RESET_IP, SIGN_UP_IP
from hubbub.platform.valkey import Valkey, open_valkey
from tests.valkey.server import Server, eventually, running_server

OPEN = Budget("open", limit=1, period_seconds=3600, burst=10, why="test")


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
async def valkey(server: Server) -> AsyncIterator[Valkey]:
    client = await open_valkey(server.url)
    yield client
    await client.close()


async def test_a_budget_that_fails_open_goes_on_at_half(
    limiter: RateLimiter, registry: CollectorRegistry, server: Server
) -> None:
    server.kill()

    verdicts = [await limiter.spend([Charge(OPEN, "account:1")]) for _ in range(8)]

    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False] * 3
    assert verdicts[-1].headers()["Retry-After"] in ("7199", "7200")
    labels = {"budget": "open", "outcome": "open"}
    assert registry.get_sample_value("hubbub_rate_without_valkey_total", labels) == 8


@pytest.mark.parametrize("budget", [LOGIN_IP, LOGIN_SUBJECT, SIGN_UP_IP, RESET_IP, MAIL_SUBJECT])
async def test_log_in_sign_up_reset_and_mail_are_shut(
    limiter: RateLimiter, registry: CollectorRegistry, server: Server, budget: Budget
) -> None:
    server.kill()

    with pytest.raises(Unavailable) as caught:
        await limiter.spend([Charge(OPEN, "account:1"), Charge(budget, text_subject("bob"))])

    assert caught.value.status == 503
    assert int(caught.value.headers["Retry-After"]) >= 1
    labels = {"budget": budget.name, "outcome": "shut"}
    assert registry.get_sample_value("hubbub_rate_without_valkey_total", labels) == 1


async def test_no_request_waits_longer_than_the_deadline_for_a_frozen_valkey(
    limiter: RateLimiter, server: Server
) -> None:
    server.freeze()
    waits = []

    for number in range(20):
        started = time.perf_counter()
        assert (await limiter.spend(route_charges(RouteClass.READ, ip=f"203.0.113.{number}"))).allowed
        waits.append(time.perf_counter() - started)

    assert max(waits) < 0.2
    assert sum(wait > 0.05 for wait in waits) <= 5


async def test_counting_goes_on_in_valkey_when_it_is_back_though_empty(
    limiter: RateLimiter, valkey: Valkey, server: Server
) -> None:
    await limiter.spend([Charge(OPEN, "account:1", cost=10)])
    server.kill()
    for _ in range(8):
        await limiter.spend([Charge(OPEN, "account:2")])
    server.start()
    await eventually(lambda: valkey.is_available)

    verdict = await limiter.spend([Charge(OPEN, "account:1")])

    assert (verdict.allowed, verdict.remaining, verdict.limit) == (True, 9, 10)


async def test_a_flush_gives_everybody_a_new_budget_and_no_error(
    limiter: RateLimiter, valkey: Valkey
) -> None:
    await limiter.spend([Charge(OPEN, "account:1", cost=10)])
    await valkey.command("FLUSHALL")

    assert (await limiter.spend([Charge(OPEN, "account:1")])).remaining == 9


async def test_a_full_valkey_counts_as_gone(limiter: RateLimiter, valkey: Valkey) -> None:
    await valkey.command("CONFIG", "SET", "maxmemory", 1)

    assert (await limiter.spend([Charge(OPEN, "account:1")])).limit == 5
    with pytest.raises(Unavailable):
        await limiter.spend(ip_charges(LOGIN_IP, "203.0.113.9"))


async def test_a_refund_without_valkey_is_lost_in_silence(limiter: RateLimiter, server: Server) -> None:
    server.kill()

    await limiter.refund([Charge(LOGIN_SUBJECT, text_subject("bob"))])
