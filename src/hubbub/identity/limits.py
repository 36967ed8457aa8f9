"""Budgets of guessing: spent before the work, given back when there was nothing to guess."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hubbub.identity.errors import Busy
from hubbub.platform.http import Request, spend
from hubbub.platform.rates import Charge

__all__ = ["Guess", "guess", "spend"]


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
