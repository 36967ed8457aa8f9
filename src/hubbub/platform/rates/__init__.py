"""Rate budgets: what a route or a purpose may cost whom, counted exactly in Valkey, announced in headers."""

from hubbub.platform.rates.addresses import client_ip, ip_subjects
from hubbub.platform.rates.budgets import Budget, Role, RouteClass
from hubbub.platform.rates.charges import (
    Charge,
    account_subject,
    ip_charges,
    route_charges,
    text_subject,
)
from hubbub.platform.rates.limiter import RateLimiter
from hubbub.platform.rates.verdict import Verdict

__all__ = [
    "Budget",
    "Charge",
    "RateLimiter",
    "Role",
    "RouteClass",
    "Verdict",
    "account_subject",
    "client_ip",
    "ip_charges",
    "ip_subjects",
    "route_charges",
    "text_subject",
]
