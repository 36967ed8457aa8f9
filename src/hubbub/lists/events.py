from typing import ClassVar

from hubbub.platform.outbox import Event


class ExclusiveListsChanged(Event, frozen=True):
    """Whom the owner's home leaves out for the sake of a list is not who it was."""

    aggregate: ClassVar[str] = "owner_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    owner_id: int


class ListRemnantsLeft(Event, frozen=True):
    """A purged account is in more memberships than one transaction deletes."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
