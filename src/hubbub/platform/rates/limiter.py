"""The rate limiter: one round trip to Valkey for all budgets of a request."""

import asyncio
import logging
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from hubbub.errors import Unavailable
from hubbub.platform.rates.budgets import Budget
from hubbub.platform.rates.charges import Charge
from hubbub.platform.rates.local import LocalLimiter, halved
from hubbub.platform.rates.verdict import SECOND, Quota, Standing, Verdict, conclude
from hubbub.platform.valkey import Ask, Valkey, ValkeyRefused, ValkeyUnavailable

# Numbers and addresses may stand in a key; anything else could be what somebody typed, and is hashed.
_PLAIN_SUBJECT = re.compile(r"(account|app|session|ip|net|text):[0-9a-f.:/]{1,80}")
RETRY_WITHOUT_VALKEY_SECONDS = 2

Asked = tuple[str, Quota, int]

log = logging.getLogger(__name__)


class RateMetrics:
    """Counters by budget, on the registry that the process exposes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.refused = Counter(
            "hubbub_rate_refused", "Requests refused with 429, by budget.", ["budget"], registry=registry
        )
        self.without_valkey = Counter(
            "hubbub_rate_without_valkey",
            "Charges while Valkey did not answer: counted locally (open) or refused with 503 (shut).",
            ["budget", "outcome"],
            registry=registry,
        )


@cache
def metrics_on(registry: CollectorRegistry) -> RateMetrics:
    """The counters of a registry, which takes each name once; limiters of one process share them."""
    return RateMetrics(registry)


class RateLimiter:
    """`factor` multiplies every budget (HUBBUB_RATE_FACTOR)."""

    def __init__(
        self,
        valkey: Valkey,
        factor: float = 1.0,
        *,
        registry: CollectorRegistry | None = None,
        local: LocalLimiter | None = None,
    ) -> None:
        self._valkey = valkey
        self._factor = factor
        self._metrics = metrics_on(registry or CollectorRegistry())
        self._local = local or LocalLimiter()
        self._quotas: dict[Budget, Quota] = {}

    async def spend(self, charges: Sequence[Charge], *, ask: Ask[Any] | None = None) -> Verdict:
        """Charge every budget, or none when one refuses.

        Without Valkey, budgets that fail open are counted by this process at half their rate; if one of
        them fails shut, raise Unavailable. `ask` is answered in the same round trip, unless refused.
        """
        if ask is None:
            verdict = await self._decide("spend", charges)
        else:
            verdict = await self._decide_and_ask(charges, ask)
        if not verdict.allowed:
            self._metrics.refused.labels(verdict.policy).inc()
        return verdict

    async def peek(self, charges: Sequence[Charge]) -> Verdict:
        """What `spend` would say, without spending."""
        return await self._decide("peek", charges)

    async def refund(self, charges: Sequence[Charge]) -> None:
        """Give back what was spent, for budgets that count failures only. Lost when Valkey is not there."""
        try:
            await asyncio.gather(*(self._call("refund", group) for group in self._by_slot(charges)))
        except (ValkeyUnavailable, ValkeyRefused) as error:
            log.warning("rate budgets: not refunded: %s", error)

    async def _decide(self, mode: str, charges: Sequence[Charge]) -> Verdict:
        groups = self._by_slot(charges)
        try:
            if len(groups) == 1:
                allowed, clock, standings = await self._call(mode, groups[0])
                return conclude(standings, allowed=allowed, clock=clock)
            return await self._decide_apart(mode, groups)
        except ValkeyUnavailable as error:
            return self._decide_without_valkey(mode, charges, error)
        except ValkeyRefused as error:
            log.exception("rate budgets: Valkey refuses our function; counting without it")
            return self._decide_without_valkey(mode, charges, error)

    async def _decide_and_ask(self, charges: Sequence[Charge], ask: Ask[Any]) -> Verdict:
        """In one call when all keys share a slot; in a cluster otherwise in several, sent together."""
        groups = self._by_slot(charges)
        if len(groups) != 1 or self._valkey.slot(ask.keys[0]) != self._valkey.slot(groups[0][0][0]):
            return await self._decide("spend", charges)
        asked = groups[0]
        try:
            reply = await self._valkey.fcall(
                "hubbub_spend_and_ask",
                [*(key for key, _, _ in asked), *ask.keys],
                [len(asked), ask.name, *_arguments("spend", asked), *ask.args],
            )
        except ValkeyUnavailable as error:
            ask.failure = error
            return self._decide_without_valkey("spend", charges, error)
        except ValkeyRefused as error:
            log.exception("rate budgets: Valkey refuses our function; counting without it")
            ask.failure = error
            return self._decide_without_valkey("spend", charges, error)
        if reply[0] == 1:
            ask.reply = reply.pop()
        return _conclude(asked, reply)

    async def _decide_apart(self, mode: str, groups: list[list[Asked]]) -> Verdict:
        """In a cluster: several calls in the same round trip, taken back where another one refused."""
        replies = await asyncio.gather(*(self._call(mode, group) for group in groups))
        allowed = all(reply[0] for reply in replies)
        if mode == "spend" and not allowed:
            charged = [group for group, reply in zip(groups, replies, strict=True) if reply[0]]
            await asyncio.gather(*(self._call("refund", group) for group in charged))
        standings = [standing for reply in replies for standing in reply[2]]
        return conclude(standings, allowed=allowed, clock=replies[0][1])

    async def _call(self, mode: str, asked: list[Asked]) -> tuple[bool, int, list[Standing]]:
        reply = await self._valkey.fcall(
            "hubbub_spend", [key for key, _, _ in asked], _arguments(mode, asked)
        )
        return reply[0] == 1, reply[1], _standings(asked, reply)

    def _decide_without_valkey(self, mode: str, charges: Sequence[Charge], error: Exception) -> Verdict:
        shut = [charge.budget for charge in charges if not charge.budget.fails_open]
        for charge in charges:
            outcome = "shut" if shut else "open"
            self._metrics.without_valkey.labels(charge.budget.name, outcome).inc()
        if shut:
            raise Unavailable(
                f"rate budget {shut[0].name}: {error}",
                headers={"Retry-After": str(RETRY_WITHOUT_VALKEY_SECONDS)},
            )
        asked = [(key, halved(quota), cost) for key, quota, cost in self._asked(charges)]
        return self._local.decide(asked, is_spending=mode == "spend")

    def _by_slot(self, charges: Sequence[Charge]) -> list[list[Asked]]:
        if not charges:
            raise ValueError("nothing to charge")
        asked = self._asked(charges)
        if len(asked) == 1:
            return [asked]
        groups: dict[int, list[Asked]] = {}
        for entry in asked:
            groups.setdefault(self._valkey.slot(entry[0]), []).append(entry)
        return list(groups.values())

    def _asked(self, charges: Sequence[Charge]) -> list[Asked]:
        return [
            (
                f"rate:{{{_safe(charge.subject)}}}:{charge.budget.name}",
                self._quota(charge.budget),
                charge.cost,
            )
            for charge in charges
        ]

    def _quota(self, budget: Budget) -> Quota:
        quota = self._quotas.get(budget)
        if quota is None:
            scaled = budget.scaled(self._factor)
            interval = max(1, round(scaled.interval_seconds * SECOND))
            self._quotas[budget] = quota = Quota(budget.name, interval, scaled.burst)
        return quota


def _arguments(mode: str, asked: list[Asked]) -> list[str | int]:
    args: list[str | int] = [mode]
    for _, quota, cost in asked:
        args += (quota.interval, quota.burst, min(cost, quota.burst))
    return args


def _standings(asked: list[Asked], reply: list[int]) -> list[Standing]:
    return [
        Standing(quota, full, min(cost, quota.burst))
        for (_, quota, cost), full in zip(asked, reply[2:], strict=True)
    ]


def _conclude(asked: list[Asked], reply: list[int]) -> Verdict:
    return conclude(_standings(asked, reply), allowed=reply[0] == 1, clock=reply[1])


@lru_cache(maxsize=50_000)
def _safe(subject: str) -> str:
    if _PLAIN_SUBJECT.fullmatch(subject):
        return subject
    return "text:" + blake2b(subject.encode(errors="surrogatepass"), digest_size=16).hexdigest()
