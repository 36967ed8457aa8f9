"""A post as JSON, but for what others decide: the author's card, what it embeds, counts, viewer state."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hubbub.platform.http import Count, Id, Time, show_id_time, show_time
from hubbub.posts.polls import read_poll
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import PostEntities, ReplyPolicyName, VisibilityName

VISIBILITIES: tuple[VisibilityName, ...] = ("public", "unlisted", "followers", "mentioned")
REPLY_POLICIES: tuple[ReplyPolicyName, ...] = ("everyone", "followers", "mentioned", "nobody")
NO_ENTITIES = PostEntities()
_read_entities = msgspec.json.Decoder(PostEntities).decode
_encode = msgspec.json.Encoder().encode


class _Middle(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of PostView from `text` to `root`, in its order."""

    text: Annotated[str, Meta()]
    entities: PostEntities
    visibility: VisibilityName
    reply_policy: ReplyPolicyName
    content_warning: str | None
    language: str | None
    created_at: Time
    edited_at: Time | None
    version: Count
    reply_to: Id | None
    root: Id | None


class StoredPost:
    """A row with the JSON made of it, shared by all pages that show it. `is_live` ends when it changes."""

    __slots__ = ("head", "is_live", "middle", "poll", "post")

    def __init__(self, post: Post) -> None:
        self.post = post
        self.head = b'{"id":"%d","author":' % post.id
        self.middle = render_middle(post)
        self.poll = read_poll(post.poll) if post.poll is not None else None
        self.is_live = True

    @property
    def size(self) -> int:
        """Bytes held, roughly: the row holds the text once more."""
        return 2 * len(self.middle) + 700 + (4 * len(self.post.poll) + 400 if self.post.poll else 0)


def render_middle(post: Post) -> bytes:
    """From the comma after the author to the root, without the brace."""
    encoded = _encode(
        _Middle(
            text=post.text,
            entities=read_entities(post.entities),
            visibility=VISIBILITIES[post.visibility],
            reply_policy=REPLY_POLICIES[post.reply_policy],
            content_warning=post.content_warning or None,
            language=post.language,
            created_at=show_id_time(post.id),
            edited_at=show_time(post.edited_at) if post.edited_at else None,
            version=post.version,
            reply_to=str(post.parent_id) if post.parent_id else None,
            root=str(post.root_id) if post.root_id else None,
        )
    )
    return b"," + encoded[1:-1]


def read_entities(stored: str) -> PostEntities:
    return NO_ENTITIES if stored == "{}" else _read_entities(stored)
