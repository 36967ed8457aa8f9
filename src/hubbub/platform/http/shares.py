"""How much of a process one account may take at once, so that its burst does not become everybody's wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hubbub.errors import TooMany

# An app with several tabs and devices has a handful of requests under way; 16 leave room, and with
# 200 in flight in all a dozen such accounts still leave room for the others.
RUNNING = 16
WAITING = 64


class TooManyAtOnce(TooMany):
    code = "too_many_at_once"
    message = "Too many requests of this account are under way at once; wait for some of them."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class Shares:
    """`RUNNING` requests of an account run at once, `WAITING` more wait their turn, the rest are refused.

    `factor` multiplies both, for load tests with few accounts (HUBBUB_RATE_FACTOR).
    """

    def __init__(self, factor: float = 1.0) -> None:
        self._running = max(1, round(RUNNING * factor))
        self._most = self._running + max(1, round(WAITING * factor))
        self._held: dict[int, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def of(self, account_id: int) -> AsyncIterator[None]:
        """Raises TooManyAtOnce. Nobody (0) has no share: strangers are bounded by address before this."""
        if not account_id:
            yield
            return
        gate, users = self._held.get(account_id) or (asyncio.Semaphore(self._running), 0)
        if users >= self._most:
            raise TooManyAtOnce(f"{users} of {account_id}")
        self._held[account_id] = (gate, users + 1)
        try:
            async with gate:
                yield
        finally:
            gate, users = self._held.pop(account_id)
            if users > 1:
                self._held[account_id] = (gate, users - 1)
