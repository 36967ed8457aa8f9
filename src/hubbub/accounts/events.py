"""What is announced about an account itself; the aggregate is always the account."""

from typing import ClassVar

from hubbub.platform.outbox import Event


class AccountCreated(Event, frozen=True):
    """Somebody has joined."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class AccountChanged(Event, frozen=True):
    """The profile differs from before. `has_opened`: a private account has become public."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    account_id: int
    has_opened: bool = False


class AccountStateChanged(Event, frozen=True):
    """Deactivated, suspended, back, about to be deleted, deleted."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    account_id: int
    state: str


class AccountPurged(Event, frozen=True):
    """The account is gone for good: every slice deletes the rows it holds for it, in bounded batches."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    account_id: int
