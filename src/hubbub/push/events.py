"""What is announced about pushes."""

from typing import ClassVar

from hubbub.platform.outbox import Event


class PushesPlanned(Event, frozen=True):
    """Pushes to devices of this account wait to be sent."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("push",)

    account_id: int
