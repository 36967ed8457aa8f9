"""What the limiter says, and how clients are told.

Times inside are whole microseconds, so that no unit is lost in rounding.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub.errors import TooMany

SECOND = 1_000_000


class Quota(NamedTuple):
    """A budget as the algorithm needs it. `interval` is the time that one unit takes to come back."""

    policy: str
    interval: int
    burst: int


class Standing(NamedTuple):
    """How far one quota is from full, and the units that were asked of it."""

    quota: Quota
    until_full: int
    cost: int

    @property
    def missing(self) -> int:
        """Microseconds until what was asked for would be allowed; at most 0 when it is."""
        return self.until_full + (self.cost - self.quota.burst) * self.quota.interval

    @property
    def remaining(self) -> int:
        return max(0, (self.quota.burst * self.quota.interval - self.until_full) // self.quota.interval)


class Verdict(NamedTuple):
    """Of all budgets charged, the one nearest to its limit.

    `limit` units can be held, `remaining` are left; it is full again in `reset_seconds` if nothing is
    spent meanwhile. `clock` is the limiter's time in epoch seconds.
    """

    allowed: bool
    policy: str
    limit: int
    window_seconds: int
    remaining: int
    reset_seconds: int
    retry_after_seconds: int
    clock: int

    def headers(self) -> dict[str, str]:
        """The RateLimit fields of the HTTPAPI draft 10, the older X- triple, Retry-After when refused."""
        headers = {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.window_seconds}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset_seconds}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.clock + self.reset_seconds),
        }
        if not self.allowed:
            headers["Retry-After"] = str(self.retry_after_seconds)
        return headers

    def fields(self) -> list[tuple[bytes, bytes]]:
        """The same of an allowed request, as ASGI wants them."""
        limit = b"%d" % self.limit
        policy = self.policy.encode()
        return [
            (b"ratelimit-policy", b'"%b";q=%b;w=%d' % (policy, limit, self.window_seconds)),
            (b"ratelimit", b'"%b";r=%d;t=%d' % (policy, self.remaining, self.reset_seconds)),
            (b"x-ratelimit-limit", limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % (self.clock + self.reset_seconds)),
        ]

    def raise_if_refused(self) -> None:
        if not self.allowed:
            raise TooMany(f"budget {self.policy}", headers=self.headers())


def conclude(standings: Sequence[Standing], *, allowed: bool, clock: int) -> Verdict:
    """The budget that refuses for longest, or else the one with the smallest part left."""
    if len(standings) == 1:
        chosen = standings[0]
    elif allowed:
        chosen = min(standings, key=lambda standing: standing.remaining / standing.quota.burst)
    else:
        chosen = max(standings, key=lambda standing: standing.missing)
    quota = chosen.quota
    return Verdict(
        allowed=allowed,
        policy=quota.policy,
        limit=quota.burst,
        window_seconds=max(1, round(quota.burst * quota.interval / SECOND)),
        remaining=chosen.remaining,
        reset_seconds=-(-chosen.until_full // SECOND),
        retry_after_seconds=0 if allowed else max(1, -(-chosen.missing // SECOND)),
        clock=clock,
    )
