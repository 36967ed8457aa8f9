"""The verbs on posts. Each runs in its caller's transaction and announces what it changed."""

from hubbub.posts.service.edit import Changes, edit_post, lock_own_post
from hubbub.posts.service.polls import check_choices, end_polls, vote_in_poll
from hubbub.posts.service.publish import MAX_LEVELS, Draft, create_post
from hubbub.posts.service.purge import (
    forget_mentions,
    purge_posts,
    purge_reactions,
    remove_remnants,
    scrub_posts,
)
from hubbub.posts.service.ranking import rank_comments
from hubbub.posts.service.remove import delete_post, delete_posts
from hubbub.posts.service.repost import repost_post, unrepost_post

__all__ = [
    "MAX_LEVELS",
    "Changes",
    "Draft",
    "check_choices",
    "create_post",
    "delete_post",
    "delete_posts",
    "edit_post",
    "end_polls",
    "forget_mentions",
    "lock_own_post",
    "purge_posts",
    "purge_reactions",
    "rank_comments",
    "remove_remnants",
    "repost_post",
    "scrub_posts",
    "unrepost_post",
    "vote_in_poll",
]
