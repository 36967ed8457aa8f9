"""Budgets of guessing: spent before the work, given back when there was nothing to guess."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hubbub.errors import TooMany
from hubbub.identity.errors import Busy
from hubbub.platform.http import Request
from hubbub.platform.rates import Charge

_RATE_HEADERS = (b"ratelimit", b"x-ratelimit", b"retry-after")


async def spend(request: Request, charges: Sequence[Charge]) -> None:
    """Raises TooMany; its headers then speak of these budgets, not of the route's."""
    verdict = await request.services.limiter.spend(charges)
    if not verdict.allowed:
        request.reply_headers = [
            header for header in request.reply_headers if not header[0].startswith(_RATE_HEADERS)
        ]
        raise TooMany(f"budget {verdict.policy}", headers=verdict.headers())


@asynccontextmanager
async def guess(request: Request, charges: Sequence[Charge]) -> AsyncIterator["Guess"]:
    """Spend before the block; give back when it finds that the guess was right, or made none (Busy)."""
    await spend(request, charges)
    made = Guess()
    try:
        yield made
    except Busy:
        made.was_right()
        raise
    finally:
        if made.is_right:
            await request.services.limiter.refund(charges)


class Guess:
    """What is found out about a guess while its budget is held."""

    def __init__(self) -> None:
        self.is_right = False

    def was_right(self) -> None:
        self.is_right = True
