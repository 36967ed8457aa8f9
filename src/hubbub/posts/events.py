"""What is announced about posts; the aggregate is always the post itself."""

from typing import ClassVar

from hubbub.platform.outbox import Event


class PostCreated(Event, frozen=True):
    """Somebody wrote a post, a comment (`parent_id`) or a quote, or passed a post on (`repost_of`)."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    post_id: int
    author_id: int
    visibility: int
    parent_id: int | None = None
    parent_author_id: int | None = None
    root_id: int | None = None
    quote_of: int | None = None
    quoted_author_id: int | None = None
    repost_of: int | None = None
    mentioned_ids: tuple[int, ...] = ()


class PostEdited(Event, frozen=True):
    """`mentioned_ids` are those who were not mentioned before."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    post_id: int
    author_id: int
    version: int
    visibility: int
    mentioned_ids: tuple[int, ...] = ()


class PostDeleted(Event, frozen=True):
    """Gone from every surface already; what hangs on the post is removed by those who keep it."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    post_id: int
    author_id: int
    parent_id: int | None = None
    quote_of: int | None = None
    repost_of: int | None = None


class PollEnded(Event, frozen=True):
    """Nobody can vote any more. Announced once, some seconds after the end, when no vote is on its way."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int


class PostRemnantsLeft(Event, frozen=True):
    """More reposts point at a deleted post than one batch removes."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int


class PurgedReactionsLeft(Event, frozen=True):
    """A purged account has done more to posts than one batch takes back."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class PurgedPostsLeft(Event, frozen=True):
    """A purged account has more posts than one batch removes."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int


class MentionsLeft(Event, frozen=True):
    """A purged account is mentioned in more posts than one batch changes."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
