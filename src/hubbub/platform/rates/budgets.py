"""Every rate budget of Hubbub, in one table. docs/limits.md is made from it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Budget:
    """`limit` units come back evenly over `period_seconds`; up to `burst` may be spent at once.

    The most that any period can see is burst + limit. Without Valkey a budget that fails open is
    counted by each process at half its rate; one that fails shut answers 503.
    """

    name: str
    limit: float
    period_seconds: int
    burst: int
    why: str
    fails_open: bool = True

    def __hash__(self) -> int:
        """Of the name alone: budgets are looked up for every request."""
        return hash(self.name)

    @property
    def interval_seconds(self) -> float:
        """Time that one unit takes to come back."""
        return self.period_seconds / self.limit

    def scaled(self, factor: float) -> "Budget":
        """The budget multiplied. It always lets one unit through and gives one back each period."""
        limit, burst = max(self.limit * factor, 1.0), max(round(self.burst * factor), 1)
        return Budget(self.name, limit, self.period_seconds, burst, self.why, self.fails_open)


class RouteClass(StrEnum):
    """What a route costs us; each route names its class."""

    READ = "read"
    WRITE = "write"
    SEARCH = "search"
    HEAVY = "heavy"
    UPLOAD = "upload"
    MESSAGE = "message"
    RELATION = "relation"
    REPORT = "report"
    STREAM = "stream"


class Role(StrEnum):
    ANONYMOUS = "anonymous"
    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"
    APP = "app"


# Units per five minutes, which are also the burst: twice what a busy person with several devices and tabs
# uses. An app's own budget is for all of its users together, beside theirs.
_PER_FIVE_MINUTES: Final[dict[RouteClass, tuple[str, dict[Role, int]]]] = {
    RouteClass.READ: (
        "one page, account, post or list of them",
        {
            Role.ANONYMOUS: 1_500,
            Role.MEMBER: 3_000,
            Role.MODERATOR: 6_000,
            Role.ADMIN: 12_000,
            Role.APP: 60_000,
        },
    ),
    RouteClass.WRITE: (
        "posting, commenting, editing, liking, settings",
        {Role.ANONYMOUS: 30, Role.MEMBER: 600, Role.MODERATOR: 1_200, Role.ADMIN: 2_400, Role.APP: 12_000},
    ),
    RouteClass.SEARCH: (
        "search and suggestions; each costs as much as ten reads",
        {Role.ANONYMOUS: 60, Role.MEMBER: 300, Role.MODERATOR: 600, Role.ADMIN: 1_200, Role.APP: 3_000},
    ),
    RouteClass.HEAVY: (
        "exports, analytics, reports over long times",
        {Role.ANONYMOUS: 5, Role.MEMBER: 30, Role.MODERATOR: 120, Role.ADMIN: 300, Role.APP: 300},
    ),
    RouteClass.MESSAGE: (
        "direct messages",
        {Role.MEMBER: 300, Role.MODERATOR: 300, Role.ADMIN: 300, Role.APP: 6_000},
    ),
    RouteClass.RELATION: (
        "follow, block, mute and back; apart from writing, so that neither eats up the other",
        {Role.MEMBER: 600, Role.MODERATOR: 600, Role.ADMIN: 600, Role.APP: 6_000},
    ),
    RouteClass.STREAM: (
        "opening a live stream or asking for a ticket",
        {Role.ANONYMOUS: 60, Role.MEMBER: 120, Role.MODERATOR: 120, Role.ADMIN: 120, Role.APP: 6_000},
    ),
}
_PER_HALF_HOUR: Final[dict[RouteClass, tuple[str, dict[Role, int]]]] = {
    RouteClass.UPLOAD: (
        "media files; decoding is the dearest thing we do",
        {Role.MEMBER: 30, Role.MODERATOR: 60, Role.ADMIN: 120, Role.APP: 600},
    ),
    RouteClass.REPORT: (
        "reports to the moderators",
        {Role.MEMBER: 30, Role.MODERATOR: 300, Role.ADMIN: 300, Role.APP: 300},
    ),
}


def _route_budgets() -> dict[tuple[RouteClass, Role], Budget]:
    table: dict[tuple[RouteClass, Role], Budget] = {}
    for classes, period in ((_PER_FIVE_MINUTES, 5 * MINUTE), (_PER_HALF_HOUR, 30 * MINUTE)):
        for route_class, (why, by_role) in classes.items():
            for role, limit in by_role.items():
                name = f"{route_class}-{role}"
                table[route_class, role] = Budget(name, limit, period, limit, why)
    return table


ROUTE_BUDGETS: Final = _route_budgets()

# A network of IPv6 addresses (/48) that one customer may hold gets this many times the budget of a /64.
WIDE_FACTOR: Final = 10


def _shut(name: str, limit: float, period: int, burst: int, why: str) -> Budget:
    return Budget(name, limit, period, burst, why, fails_open=False)


# Spent before a password is hashed, given back when it was right: only failures count.
LOGIN_SUBJECT: Final = _shut("login-subject", 10, 5 * MINUTE, 10, "failed log-ins to one name or e-mail")
# 15 + 10: at most 25 guesses from one address reach the hash in any five minutes.
LOGIN_IP: Final = _shut("login-ip", 10, 5 * MINUTE, 15, "failed log-ins from one address")
SIGN_UP_IP: Final = _shut("sign-up-ip", 5, 30 * MINUTE, 5, "accounts made from one address")
SIGN_UP_SUBJECT: Final = _shut("sign-up-subject", 5, 30 * MINUTE, 5, "sign-ups with one e-mail address")
RESET_IP: Final = _shut("reset-ip", 10, HOUR, 10, "password resets asked for from one address")
RESET_GUESS_IP: Final = _shut("reset-guess-ip", 10, HOUR, 10, "wrong reset tokens from one address")
RESET_GUESS_SUBJECT: Final = _shut("reset-guess-subject", 5, HOUR, 5, "wrong reset tokens for one account")
MAIL_SUBJECT: Final = _shut("mail-subject", 5, HOUR, 5, "mails of any kind to one e-mail address")
MAIL_IP: Final = _shut("mail-ip", 20, HOUR, 20, "mails caused from one address")
VERIFY_IP: Final = _shut("verify-ip", 20, HOUR, 20, "e-mail confirmations tried from one address")
VERIFY_SUBJECT: Final = _shut("verify-subject", 10, HOUR, 10, "e-mail confirmations tried for one account")
# 5 + 45: at most 50 guesses a day at a code of six digits.
SECOND_FACTOR_SUBJECT: Final = _shut(
    "second-factor-subject", 45, DAY, 5, "wrong second-factor codes of one account"
)
SECOND_FACTOR_IP: Final = _shut(
    "second-factor-ip", 25, 5 * MINUTE, 25, "wrong second-factor codes from one address"
)
PASSWORD_SUBJECT: Final = _shut(
    "password-subject", 10, 5 * MINUTE, 10, "password checks of a signed-in account: changes, deletion"
)
PASSWORD_IP: Final = _shut(
    "password-ip", 25, 5 * MINUTE, 25, "password checks of signed-in accounts from one address"
)
REFRESH_SUBJECT: Final = Budget("refresh-subject", 60, 5 * MINUTE, 60, "refreshing the tokens of one session")
REFRESH_IP: Final = Budget("refresh-ip", 600, 5 * MINUTE, 600, "refreshing tokens from one address")
HANDLE_IP: Final = Budget("handle-ip", 60, 5 * MINUTE, 60, "asking whether a handle is free")
APP_REGISTRATION_IP: Final = _shut("app-registration-ip", 10, HOUR, 10, "apps registered from one address")
# A group of 256 at once, and then some.
CONTACT_SUBJECT: Final = Budget(
    "contact-subject", 300, HOUR, 600, "people whom one account opens a conversation with or adds to groups"
)
WEBHOOK_SUBJECT: Final = Budget("webhook-subject", 30, HOUR, 30, "webhooks made or tested by one account")

PURPOSE_BUDGETS: Final[tuple[Budget, ...]] = (
    LOGIN_SUBJECT,
    LOGIN_IP,
    SIGN_UP_IP,
    SIGN_UP_SUBJECT,
    RESET_IP,
    RESET_GUESS_IP,
    RESET_GUESS_SUBJECT,
    MAIL_SUBJECT,
    MAIL_IP,
    VERIFY_IP,
    VERIFY_SUBJECT,
    SECOND_FACTOR_SUBJECT,
    SECOND_FACTOR_IP,
    PASSWORD_SUBJECT,
    PASSWORD_IP,
    REFRESH_SUBJECT,
    REFRESH_IP,
    HANDLE_IP,
    APP_REGISTRATION_IP,
    CONTACT_SUBJECT,
    WEBHOOK_SUBJECT,
)
