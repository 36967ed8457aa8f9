"""From events to whom they concern: pure, and not yet judged."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from hubbub.graph import (
    AccountFollowed,
    AccountUnfollowed,
    FollowAccepted,
    FollowRequested,
    FollowRequestRemoved,
)
from hubbub.notifications.kinds import OF_POSTS, Kind
from hubbub.posts import PostCreated, PostEdited
from hubbub.reactions import PostLiked, PostReposted, PostUnliked, PostUnreposted

Heard: TypeAlias = (
    PostLiked
    | PostUnliked
    | PostReposted
    | PostUnreposted
    | PostCreated
    | PostEdited
    | AccountFollowed
    | AccountUnfollowed
    | FollowRequested
    | FollowRequestRemoved
    | FollowAccepted
)
# Reactors look up the day; a follow request is about nothing but who asks.
NO_OBJECT = 0


class Ask(NamedTuple):
    """That an account be told of something, once for each of these."""

    account_id: int
    object_id: int
    actor_id: int
    kind: Kind

    @property
    def post_id(self) -> int:
        """The post that it is about; 0 for none."""
        return self.object_id if self.kind in OF_POSTS else 0


def asks_of(events: Iterable[Heard]) -> dict[Ask, bool]:
    """Whether each is to be told, or taken back; the last event counts. Nobody is told what they did."""
    asks: dict[Ask, bool] = {}
    for event in events:
        for ask, is_told in _asks(event):
            if ask.account_id not in (ask.actor_id, 0):
                asks[ask] = is_told
    return asks


def _asks(event: Heard) -> Iterable[tuple[Ask, bool]]:
    match event:
        case PostLiked() | PostUnliked():
            yield _on_post(event, Kind.LIKE), isinstance(event, PostLiked)
        case PostReposted() | PostUnreposted():
            yield _on_post(event, Kind.REPOST), isinstance(event, PostReposted)
        case PostCreated():
            for account_id, kind in _concerned(event).items():
                yield Ask(account_id, event.post_id, event.author_id, kind), True
        case PostEdited():
            for account_id in event.mentioned_ids:
                yield Ask(account_id, event.post_id, event.author_id, Kind.MENTION), True
        case _:
            yield from _between_people(event)


def _on_post(event: PostLiked | PostUnliked | PostReposted | PostUnreposted, kind: Kind) -> Ask:
    return Ask(event.author_id, event.post_id, event.account_id, kind)


def _concerned(post: PostCreated) -> dict[int, Kind]:
    """One kind for each: who is answered is told that, and not that the answer mentions them too."""
    concerned = dict.fromkeys(post.mentioned_ids, Kind.MENTION)
    if post.quoted_author_id is not None:
        concerned[post.quoted_author_id] = Kind.QUOTE
    if post.parent_author_id is not None:
        concerned[post.parent_author_id] = Kind.COMMENT
    return concerned


def _between_people(
    event: AccountFollowed | AccountUnfollowed | FollowRequested | FollowRequestRemoved | FollowAccepted,
) -> Iterable[tuple[Ask, bool]]:
    follower, followee = event.follower_id, event.followee_id
    match event:
        case AccountFollowed():
            # Who let somebody follow needs not be told that they do.
            if not event.is_accepted:
                yield Ask(followee, NO_OBJECT, follower, Kind.FOLLOW), True
        case AccountUnfollowed():
            yield Ask(followee, NO_OBJECT, follower, Kind.FOLLOW), False
        case FollowRequested() | FollowRequestRemoved():
            yield (
                Ask(followee, NO_OBJECT, follower, Kind.FOLLOW_REQUEST),
                isinstance(event, FollowRequested),
            )
        case FollowAccepted():
            yield Ask(followee, NO_OBJECT, follower, Kind.FOLLOW_REQUEST), False
            yield Ask(follower, followee, followee, Kind.FOLLOW_ACCEPTED), True
