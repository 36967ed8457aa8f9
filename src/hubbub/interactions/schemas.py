from hubbub.platform.http import Id, View
from hubbub.posts import PostCounts


class InteractionView(View, frozen=True, kw_only=True):
    """How the viewer stands to the post now, and its counts. `id` is the post that a repost points at."""

    id: Id
    liked: bool
    reposted: bool
    bookmarked: bool
    pinned: bool
    counts: PostCounts
