"""How much of a process one account may take at once, so that its burst does not become everybody's wait."""

import asyncio
from collections import deque

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


class _Share:
    __slots__ = ("running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Shares:
    """`RUNNING` requests of an account run at once, `WAITING` more wait their turn, the rest are refused.

    `factor` multiplies both, for load tests with few accounts (HUBBUB_RATE_FACTOR).
    """

    def __init__(self, factor: float = 1.0) -> None:
        self._running = max(1, round(RUNNING * factor))
        self._waiting = max(1, round(WAITING * factor))
        self._held: dict[int, _Share] = {}

    def of(self, account_id: int) -> "Turn":
        """To be entered; that raises TooManyAtOnce. Strangers (0) are bounded by address before this."""
        return Turn(self, account_id)

    async def enter(self, account_id: int) -> None:
        share = self._held.get(account_id)
        if share is None:
            share = self._held[account_id] = _Share()
        if share.running < self._running:
            share.running += 1
            return
        if len(share.waiting) >= self._waiting:
            raise TooManyAtOnce(f"{share.running + len(share.waiting)} of {account_id}")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        share.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(account_id)  # it had just been given the turn
            else:
                share.waiting.remove(turn)
            raise

    def leave(self, account_id: int) -> None:
        """Whoever has waited longest takes the place."""
        share = self._held[account_id]
        while share.waiting:
            turn = share.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        share.running -= 1
        if not share.running:
            del self._held[account_id]


class Turn:
    """One request's place in the share of its account."""

    __slots__ = ("_account_id", "_shares")

    def __init__(self, shares: Shares, account_id: int) -> None:
        self._shares = shares
        self._account_id = account_id

    async def __aenter__(self) -> None:
        if self._account_id:
            await self._shares.enter(self._account_id)

    async def __aexit__(self, *error: object) -> None:
        if self._account_id:
            self._shares.leave(self._account_id)
