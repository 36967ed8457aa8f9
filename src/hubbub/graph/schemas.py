from typing import Annotated, Literal

from msgspec import Meta

from hubbub.accounts import CardView
from hubbub.graph.service import Relationship
from hubbub.platform.http import Body, Id, IdList, Query, Time, View, show_time

MAX_MUTE_SECONDS = 10 * 365 * 24 * 3600

Seconds = Annotated[
    int,
    Meta(ge=1, le=MAX_MUTE_SECONDS, description="How long the mute lasts; without it, until it is ended."),
]
Scope = Annotated[
    Literal["all", "posts", "reposts"],
    Meta(description="What is muted: all, only what they write, or only what they repost."),
]


class RelationshipView(View, frozen=True, kw_only=True):
    """How you stand to an account. Whether it blocks you is not told."""

    id: Id
    following: bool
    followed_by: bool
    requested: bool
    requested_by: bool
    blocking: bool
    muting: bool
    muting_reposts: bool
    mute_expires_at: Time | None


class RelationshipList(View, frozen=True, kw_only=True):
    """One for each id asked for, in that order."""

    items: Annotated[tuple[RelationshipView, ...], Meta(max_length=100)]


class PersonView(CardView, frozen=True, kw_only=True):
    """An account in a list; `viewer` is how you stand to it, null without a token."""

    viewer: RelationshipView | None


class RelationshipQuery(Query, frozen=True, kw_only=True):
    ids: IdList


class MuteQuery(Query, frozen=True, kw_only=True):
    duration_seconds: Seconds | None = None
    scope: Scope = "all"


class MuteBody(Body, frozen=True, kw_only=True):
    duration_seconds: Seconds | None = None
    scope: Scope = "all"


def relationship_view(relation: Relationship) -> RelationshipView:
    expires_at = relation.mute_expires_at
    return RelationshipView(
        id=str(relation.account_id),
        following=relation.following,
        followed_by=relation.followed_by,
        requested=relation.requested,
        requested_by=relation.requested_by,
        blocking=relation.blocking,
        muting=relation.mute_scope in ("all", "posts"),
        muting_reposts=relation.mute_scope in ("all", "reposts"),
        mute_expires_at=None if expires_at is None else show_time(expires_at),
    )
