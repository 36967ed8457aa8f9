"""The verbs between two people."""

from hubbub.graph.service.blocks import block_account, cut_across_blocks, unblock_account
from hubbub.graph.service.follows import (
    MAX_FOLLOWS,
    accept_follow_request,
    accept_pairs,
    count_cut,
    follow_account,
    reject_follow_request,
    remove_follower,
    unfollow_account,
)
from hubbub.graph.service.locks import lock_pairs, require_visible
from hubbub.graph.service.mutes import mute_account, unmute_account
from hubbub.graph.service.relations import (
    MuteScope,
    Relationship,
    load_relationship,
    load_relationships,
)

__all__ = [
    "MAX_FOLLOWS",
    "MuteScope",
    "Relationship",
    "accept_follow_request",
    "accept_pairs",
    "block_account",
    "count_cut",
    "cut_across_blocks",
    "follow_account",
    "load_relationship",
    "load_relationships",
    "lock_pairs",
    "mute_account",
    "reject_follow_request",
    "remove_follower",
    "require_visible",
    "unblock_account",
    "unfollow_account",
    "unmute_account",
]
