"""What people do with a post: like, repost, bookmark, pin; and who did, and what they did it to."""

from hubbub.interactions.service import (
    bookmark_post,
    like_post,
    pin_post,
    repost_post,
    unbookmark_post,
    unlike_post,
    unpin_post,
    unrepost_post,
)

__all__ = [
    "bookmark_post",
    "like_post",
    "pin_post",
    "repost_post",
    "unbookmark_post",
    "unlike_post",
    "unpin_post",
    "unrepost_post",
]
