"""What a request is charged, and against whom."""

from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

from hubbub.platform.rates.addresses import ip_subjects
from hubbub.platform.rates.budgets import ROUTE_BUDGETS, WIDE_FACTOR, Budget, Role, RouteClass


class Charge(NamedTuple):
    """`subject` is whose budget it is: what the functions below make, never text that somebody typed."""

    budget: Budget
    subject: str
    cost: int = 1


def text_subject(text: str) -> str:
    """A name or an e-mail address as a subject: hashed, so that it stands nowhere in Valkey."""
    digest = blake2b(text.strip().casefold().encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"text:{digest}"


def account_subject(account_id: int) -> str:
    return f"account:{account_id}"


def ip_charges(budget: Budget, ip: str, *, cost: int = 1) -> list[Charge]:
    """One charge for an IPv4 address; for IPv6 one for its /64, and one of a wider budget for its /48."""
    narrow, *wide = ip_subjects(ip)
    return [
        Charge(budget, narrow, cost),
        *(Charge(wide_budget(budget), subject, cost) for subject in wide),
    ]


@cache
def wide_budget(budget: Budget) -> Budget:
    return replace(budget.scaled(WIDE_FACTOR), name=f"{budget.name}-wide")


def route_charges(
    route_class: RouteClass,
    *,
    ip: str,
    account_id: int | None = None,
    role: Role = Role.MEMBER,
    app_id: int | None = None,
    cost: int = 1,
) -> list[Charge]:
    """What one request of this class is charged: the account, or without one the address; and the app.

    A class that has no budget for strangers is one that only accounts can use; it is charged as a write.
    """
    charges: list[Charge] = []
    if account_id is not None:
        charges.append(Charge(ROUTE_BUDGETS[route_class, role], account_subject(account_id), cost))
    else:
        fallback = ROUTE_BUDGETS[RouteClass.WRITE, Role.ANONYMOUS]
        charges += ip_charges(ROUTE_BUDGETS.get((route_class, Role.ANONYMOUS), fallback), ip, cost=cost)
    if app_id is not None:
        charges.append(Charge(ROUTE_BUDGETS[route_class, Role.APP], f"app:{app_id}", cost))
    return charges
