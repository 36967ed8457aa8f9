from typing import ClassVar

from hubbub.platform.outbox import Event


class FanOutLeft(Event, frozen=True):
    """More followers than one batch serves: those whose follow is older than `before` are left."""

    aggregate: ClassVar[str] = "author_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    author_id: int
    post_ids: tuple[int, ...]
    before: int


class TellingLeft(Event, frozen=True):
    """Posts of an author who is not pushed: connected followers from `cursor` on have not been told."""

    aggregate: ClassVar[str] = "author_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    author_id: int
    post_ids: tuple[int, ...]
    cursor: int = 0


class ReactionsNotSpread(Event, frozen=True):
    """Valkey was away when it should have heard who has reacted, and is told once it is back."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    account_id: int
