from typing import ClassVar

from hubbub.platform.outbox import Event


class NotificationAdded(Event, frozen=True):
    """A group has begun or grown; one event however much it grew in one batch."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "push")

    account_id: int
    id: int
    """Of the newest of it: what a read marker is compared with."""
    group_id: str
    kind: str
    object_id: int
    actor_id: int
    """The newest of those it is about; 0 for a notice."""
    count: int
    post_id: int = 0
    is_in_app: bool = True
    """False: the account wants it pushed, and not in its list."""


class NotificationReturned(Event, frozen=True):
    """Somebody is back in a group that grew a moment ago: what was to be told of it may have been left out,
    because nobody was in it when it was looked at. What was told is not told again, by its key.
    """

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    account_id: int
    group_id: str


class NotificationsRead(Event, frozen=True):
    """The marker has moved forward, on one of the account's devices."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    account_id: int
    up_to: int


class BellsLeft(Event, frozen=True):
    """More bells than one batch rings: those of accounts after this one are left."""

    aggregate: ClassVar[str] = "author_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    author_id: int
    post_id: int
    after: int


class PollVotersLeft(Event, frozen=True):
    """More voters than one batch tells of a poll's end: those after this account are left."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int
    after: int


class DismissalLeft(Event, frozen=True):
    """More people in a dismissed group than one transaction marks."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
    object_id: int
    kind: int


class PostNotificationsLeft(Event, frozen=True):
    """More people in groups about a deleted post than one batch removes."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int


class NotificationRemnantsLeft(Event, frozen=True):
    """A purged account is in more notifications than one batch removes."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
