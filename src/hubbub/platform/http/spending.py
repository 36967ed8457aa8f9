"""Budgets of a purpose, which a handler spends itself, beside that of its route."""

from collections.abc import Sequence

from hubbub.errors import TooMany
from hubbub.platform.http.requests import Request
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
