"""Posts: what people write, comment, quote and pass on, and the one way to show a list of them.

Other slices may use what is named here and nothing else.
"""

from hubbub.posts.errors import NotYourPost, PostNotFound, RepostNotAllowed
from hubbub.posts.events import PollEnded, PostCreated, PostDeleted, PostEdited
from hubbub.posts.hydrate import Hydrated, hydrate, load_posts
from hubbub.posts.pipeline import (
    Rules,
    Scan,
    fill,
    judge,
    list_posts,
    require_visible,
    selecting,
    show_page,
    show_posts,
    show_slice,
)
from hubbub.posts.present import Presenter, show_counts
from hubbub.posts.queries.lists import Candidate
from hubbub.posts.queries.posts import Post
from hubbub.posts.reader import Part, Reader, ask_ahead, open_reader, open_reader_with
from hubbub.posts.schemas import (
    MAX_CHARACTERS,
    MAX_OPTION_CHARACTERS,
    MAX_OPTIONS,
    MAX_POLL_SECONDS,
    MAX_WARNING_CHARACTERS,
    MIN_POLL_SECONDS,
    PostCounts,
    PostView,
    PostViewer,
)
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
from hubbub.posts.starting import start_posts

__all__ = [
    "MAX_CHARACTERS",
    "MAX_LEVELS",
    "MAX_OPTIONS",
    "MAX_OPTION_CHARACTERS",
    "MAX_POLL_SECONDS",
    "MAX_WARNING_CHARACTERS",
    "MIN_POLL_SECONDS",
    "Candidate",
    "Changes",
    "Draft",
    "Hydrated",
    "NotYourPost",
    "Part",
    "PollEnded",
    "Post",
    "PostCounts",
    "PostCreated",
    "PostDeleted",
    "PostEdited",
    "PostNotFound",
    "PostView",
    "PostViewer",
    "Presenter",
    "Reader",
    "RepostNotAllowed",
    "Rules",
    "Scan",
    "ask_ahead",
    "create_post",
    "delete_post",
    "delete_posts",
    "edit_post",
    "fill",
    "hydrate",
    "judge",
    "list_posts",
    "load_posts",
    "lock_own_post",
    "open_reader",
    "open_reader_with",
    "repost_post",
    "require_visible",
    "selecting",
    "show_counts",
    "show_page",
    "show_posts",
    "show_slice",
    "start_posts",
    "unrepost_post",
]
