"""Posts: what people write, comment, quote and pass on, and the one way to show a list of them.

Other slices may use what is named here and nothing else.
"""

from hubbub.posts.errors import NotYourPost, PostNotFound, RepostNotAllowed
from hubbub.posts.events import PostCreated, PostDeleted, PostEdited
from hubbub.posts.hydrate import Hydrated, hydrate, load_posts
from hubbub.posts.pipeline import Rules, list_posts, require_visible, show_post, show_posts
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import MAX_CHARACTERS, MAX_WARNING_CHARACTERS, PostCounts, PostView, PostViewer
from hubbub.posts.service import (
    MAX_LEVELS,
    Changes,
    Draft,
    create_post,
    delete_post,
    delete_posts,
    edit_post,
    lock_own_post,
    repost_post,
    unrepost_post,
)

__all__ = [
    "MAX_CHARACTERS",
    "MAX_LEVELS",
    "MAX_WARNING_CHARACTERS",
    "Candidate",
    "Changes",
    "Draft",
    "Hydrated",
    "NotYourPost",
    "Post",
    "PostCounts",
    "PostCreated",
    "PostDeleted",
    "PostEdited",
    "PostNotFound",
    "PostView",
    "PostViewer",
    "RepostNotAllowed",
    "Rules",
    "create_post",
    "delete_post",
    "delete_posts",
    "edit_post",
    "hydrate",
    "list_posts",
    "load_posts",
    "lock_own_post",
    "repost_post",
    "require_visible",
    "show_post",
    "show_posts",
    "unrepost_post",
]
