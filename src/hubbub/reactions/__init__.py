"""Who liked, reposted, bookmarked, pinned and voted for what: rows and counts, each possible once.

Whether somebody may react to a post is decided by the callers; nothing here knows what a post is.
"""

from hubbub.reactions.events import PostBookmarked, PostLiked, PostReposted, PostUnliked, PostUnreposted
from hubbub.reactions.likes import LikeChange, Liked, Likes, change_likes, start_reactions
from hubbub.reactions.queries import Reaction
from hubbub.reactions.service import (
    MAX_PINS,
    TooManyPins,
    bookmark_post,
    delete_account_reactions,
    delete_post_reactions,
    like_post,
    list_account_reactions,
    list_bookmarks,
    list_pins,
    list_reactors,
    load_present,
    pin_post,
    record_repost,
    remove_repost,
    unbookmark_post,
    unlike_post,
    unpin_post,
    unpin_posts,
)
from hubbub.reactions.states import Numbers, ReactionKind, ReactionState, load_numbers
from hubbub.reactions.viewers import ViewerReactions, load_viewer_reactions
from hubbub.reactions.votes import find_vote, list_voters, vote

__all__ = [
    "MAX_PINS",
    "LikeChange",
    "Liked",
    "Likes",
    "Numbers",
    "PostBookmarked",
    "PostLiked",
    "PostReposted",
    "PostUnliked",
    "PostUnreposted",
    "Reaction",
    "ReactionKind",
    "ReactionState",
    "TooManyPins",
    "ViewerReactions",
    "bookmark_post",
    "change_likes",
    "delete_account_reactions",
    "delete_post_reactions",
    "find_vote",
    "like_post",
    "list_account_reactions",
    "list_bookmarks",
    "list_pins",
    "list_reactors",
    "list_voters",
    "load_numbers",
    "load_present",
    "load_viewer_reactions",
    "pin_post",
    "record_repost",
    "remove_repost",
    "start_reactions",
    "unbookmark_post",
    "unlike_post",
    "unpin_post",
    "unpin_posts",
    "vote",
]
