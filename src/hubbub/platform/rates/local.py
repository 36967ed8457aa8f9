"""Counting without Valkey: each process on its own, at half the rate, in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from hubbub.platform.rates.verdict import Quota, Standing, Verdict, conclude

# About 250 bytes each. The longest unused are forgotten first, so a flood of addresses forgets itself.
MAX_ENTRIES = 20_000


def monotonic_microseconds() -> int:
    return time.monotonic_ns() // 1000


class LocalLimiter:
    """The algorithm of hubbub.lua over a dictionary."""

    def __init__(
        self, *, max_entries: int = MAX_ENTRIES, clock: Callable[[], int] = monotonic_microseconds
    ) -> None:
        self._full_at: OrderedDict[str, int] = OrderedDict()
        self._max_entries = max_entries
        self._clock = clock

    def __len__(self) -> int:
        return len(self._full_at)

    def decide(self, asked: Sequence[tuple[str, Quota, int]], *, is_spending: bool = True) -> Verdict:
        """Key, quota and cost of each. Charge all, or none when one refuses or `is_spending` is false."""
        now = self._clock()
        before = [
            Standing(quota, max(self._full_at.get(key, now) - now, 0), min(cost, quota.burst))
            for key, quota, cost in asked
        ]
        allowed = all(standing.missing <= 0 for standing in before)
        if not (allowed and is_spending):
            return conclude(before, allowed=allowed, clock=int(time.time()))
        after = [
            standing._replace(until_full=standing.until_full + standing.cost * standing.quota.interval)
            for standing in before
        ]
        for (key, _, _), standing in zip(asked, after, strict=True):
            self._keep(key, now + standing.until_full)
        return conclude(after, allowed=True, clock=int(time.time()))

    def _keep(self, key: str, full_at: int) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_entries:
            self._full_at.popitem(last=False)


def halved(quota: Quota) -> Quota:
    return Quota(quota.policy, quota.interval * 2, max(1, quota.burst // 2))
