from typing import ClassVar

from hubbub.platform.outbox import Event


class PostLiked(Event, frozen=True):
    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int
    account_id: int


class PostUnliked(Event, frozen=True):
    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int
    account_id: int


class PostReposted(Event, frozen=True):
    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int
    account_id: int
    repost_id: int


class PostUnreposted(Event, frozen=True):
    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    author_id: int
    account_id: int
    repost_id: int


class PostBookmarked(Event, frozen=True):
    """Private to the account; announced for its own history and for ranking."""

    aggregate: ClassVar[str] = "post_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    post_id: int
    account_id: int
