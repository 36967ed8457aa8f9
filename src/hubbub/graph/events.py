"""What is announced about two people. The aggregate is who acts, so that what they do stays in order."""

from typing import ClassVar

from hubbub.platform.outbox import Event


class AccountFollowed(Event, frozen=True):
    """A follow exists now. `is_accepted`: it was asked for, and FollowAccepted says so too."""

    aggregate: ClassVar[str] = "follower_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    follower_id: int
    followee_id: int
    is_accepted: bool = False


class AccountUnfollowed(Event, frozen=True):
    """The follow is gone: taken back, removed by the followee, or cut by a block."""

    aggregate: ClassVar[str] = "follower_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    follower_id: int
    followee_id: int


class FollowRequested(Event, frozen=True):
    aggregate: ClassVar[str] = "follower_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    follower_id: int
    followee_id: int


class FollowAccepted(Event, frozen=True):
    """A request has become a follow."""

    aggregate: ClassVar[str] = "follower_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    follower_id: int
    followee_id: int


class FollowRequestRemoved(Event, frozen=True):
    """A request is gone without a follow: withdrawn, rejected, or cut by a block."""

    aggregate: ClassVar[str] = "follower_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    follower_id: int
    followee_id: int


class AccountBlocked(Event, frozen=True):
    aggregate: ClassVar[str] = "blocker_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    blocker_id: int
    blocked_id: int


class AccountUnblocked(Event, frozen=True):
    aggregate: ClassVar[str] = "blocker_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    blocker_id: int
    blocked_id: int


class AccountMuted(Event, frozen=True):
    aggregate: ClassVar[str] = "muter_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    muter_id: int
    muted_id: int


class AccountUnmuted(Event, frozen=True):
    aggregate: ClassVar[str] = "muter_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    muter_id: int
    muted_id: int


class RequestsLeft(Event, frozen=True):
    """An account has become public and has more pending requests than one transaction accepts."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class EdgesLeft(Event, frozen=True):
    """A purged account has more edges than one transaction deletes."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
