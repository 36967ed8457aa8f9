"""The graph: who follows, asks, blocks and mutes whom."""

from hubbub.graph.errors import FollowRequestNotFound, NotYourself, TooManyFollows
from hubbub.graph.events import (
    AccountBlocked,
    AccountFollowed,
    AccountMuted,
    AccountUnblocked,
    AccountUnfollowed,
    AccountUnmuted,
    FollowAccepted,
    FollowRequested,
    FollowRequestRemoved,
)
from hubbub.graph.followers import (
    load_follower_slices,
    load_followers_among,
    load_muters_among,
    load_requests_among,
)
from hubbub.graph.people import list_people
from hubbub.graph.queries import Edge, FollowerSlice
from hubbub.graph.schemas import PersonView, RelationshipView, relationship_view
from hubbub.graph.service import (
    MAX_FOLLOWS,
    Relationship,
    accept_follow_request,
    block_account,
    follow_account,
    load_relationship,
    load_relationships,
    mute_account,
    reject_follow_request,
    remove_follower,
    require_visible,
    unblock_account,
    unfollow_account,
    unmute_account,
)

__all__ = [
    "MAX_FOLLOWS",
    "AccountBlocked",
    "AccountFollowed",
    "AccountMuted",
    "AccountUnblocked",
    "AccountUnfollowed",
    "AccountUnmuted",
    "Edge",
    "FollowAccepted",
    "FollowRequestNotFound",
    "FollowRequestRemoved",
    "FollowRequested",
    "FollowerSlice",
    "NotYourself",
    "PersonView",
    "Relationship",
    "RelationshipView",
    "TooManyFollows",
    "accept_follow_request",
    "block_account",
    "follow_account",
    "list_people",
    "load_follower_slices",
    "load_followers_among",
    "load_muters_among",
    "load_relationship",
    "load_relationships",
    "load_requests_among",
    "mute_account",
    "reject_follow_request",
    "relationship_view",
    "remove_follower",
    "require_visible",
    "unblock_account",
    "unfollow_account",
    "unmute_account",
]
