"""SQL of the graph, by what it does. One function, one statement."""

from hubbub.graph.queries.edges import (
    Pair,
    delete_block,
    delete_follows,
    delete_mute,
    delete_requests,
    insert_block,
    insert_follows,
    insert_request,
    lock_pairs,
    select_blocked_pairs,
    select_requests_among,
    upsert_mute,
)
from hubbub.graph.queries.followers import (
    FollowerSlice,
    select_follower_slices,
    select_followers_among,
    select_muters_among,
)
from hubbub.graph.queries.pages import (
    Edge,
    select_blocked,
    select_followees,
    select_followers,
    select_muted,
    select_requesters,
)
from hubbub.graph.queries.purge import (
    delete_blocks_of,
    delete_expired_mutes,
    delete_follows_of,
    delete_mutes_of,
    delete_requests_of,
)
from hubbub.graph.queries.relations import RelationRow, select_relations, select_relations_and_outgoing
from hubbub.graph.queries.verbs import delete_follow_or_request, insert_follow

__all__ = [
    "Edge",
    "FollowerSlice",
    "Pair",
    "RelationRow",
    "delete_block",
    "delete_blocks_of",
    "delete_expired_mutes",
    "delete_follow_or_request",
    "delete_follows",
    "delete_follows_of",
    "delete_mute",
    "delete_mutes_of",
    "delete_requests",
    "delete_requests_of",
    "insert_block",
    "insert_follow",
    "insert_follows",
    "insert_request",
    "lock_pairs",
    "select_blocked",
    "select_blocked_pairs",
    "select_followees",
    "select_follower_slices",
    "select_followers",
    "select_followers_among",
    "select_muted",
    "select_muters_among",
    "select_relations",
    "select_relations_and_outgoing",
    "select_requesters",
    "select_requests_among",
    "upsert_mute",
]
