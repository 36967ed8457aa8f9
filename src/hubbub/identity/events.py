"""What is announced about who someone is; the aggregate is always the account."""

from typing import ClassVar, Literal

from hubbub.platform.outbox import Event

RevocationReason = Literal[
    "logged_out",
    "revoked",
    "reused",
    "too_many",
    "password_changed",
    "password_reset",
    "suspended",
    "deactivated",
    "deleted",
]


class AccountRegistered(Event, frozen=True):
    """Somebody has signed up."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record", "learn")

    account_id: int


class SessionRevoked(Event, frozen=True):
    """A session has ended before its time: what it holds open is closed."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    account_id: int
    session_id: int
    reason: RevocationReason


class PasswordChanged(Event, frozen=True):
    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class EmailChanged(Event, frozen=True):
    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class SecondFactorChanged(Event, frozen=True):
    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
    is_on: bool


class PasswordForgotten(Event, frozen=True):
    """Somebody asked for a reset. Whether the address is known is looked up in the worker, not for them."""

    aggregate: ClassVar[str] = "request_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    request_id: int
    sealed_email: str
