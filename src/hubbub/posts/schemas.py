from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hubbub.accounts import CardView
from hubbub.platform.http import Body, Count, Id, IdList, Limit, PageQuery, Query, Time, Url, View
from hubbub.platform.paging import Page

MAX_CHARACTERS = 5000
MAX_WARNING_CHARACTERS = 200
MAX_OPTIONS = 8
MAX_OPTION_CHARACTERS = 80
MIN_POLL_SECONDS = 300
MAX_POLL_SECONDS = 30 * 86_400

# Twenty code points for each character that people count.
Text = Annotated[
    str, Meta(max_length=20 * MAX_CHARACTERS, description=f"Up to {MAX_CHARACTERS} characters as people see.")
]
ContentWarning = Annotated[
    str,
    Meta(
        max_length=20 * MAX_WARNING_CHARACTERS,
        description=f"Shown instead of the text until opened; up to {MAX_WARNING_CHARACTERS} characters.",
    ),
]
Language = Annotated[str, Meta(max_length=35, description="BCP 47, such as en or pt-BR.")]
VisibilityName = Literal["public", "unlisted", "followers", "mentioned"]
ReplyPolicyName = Literal["everyone", "followers", "mentioned", "nobody"]
CommentOrder = Literal["newest", "oldest", "top"]
MediaIds = Annotated[tuple[Id, ...], Meta(max_length=16)]


Option = Annotated[
    str,
    Meta(
        max_length=20 * MAX_OPTION_CHARACTERS,
        description=f"1 to {MAX_OPTION_CHARACTERS} characters as people see.",
    ),
]
Choice = Annotated[int, Meta(ge=0, lt=MAX_OPTIONS, description="The place of an option, from 0.")]


class NewPoll(Body, frozen=True, kw_only=True):
    options: Annotated[
        tuple[Option, ...], Meta(min_length=2, max_length=MAX_OPTIONS, description="All different.")
    ]
    expires_in: Annotated[
        int, Meta(ge=MIN_POLL_SECONDS, le=MAX_POLL_SECONDS, description="Seconds for which people can vote.")
    ]
    multiple: Annotated[bool, Meta(description="Whether a vote may be for several options.")] = False
    hide_counts: Annotated[
        bool, Meta(description="Show votes only to the author and who has voted, until the poll closes.")
    ] = False


class NewVote(Body, frozen=True, kw_only=True):
    choices: Annotated[tuple[Choice, ...], Meta(min_length=1, max_length=MAX_OPTIONS)]


class NewComment(Body, frozen=True, kw_only=True):
    text: Text
    visibility: VisibilityName | None = None
    quote: Id | None = None
    content_warning: ContentWarning | None = None
    language: Language | None = None
    media_ids: MediaIds = ()
    reply_policy: ReplyPolicyName = "everyone"
    poll: NewPoll | None = None


class NewPost(NewComment, frozen=True, kw_only=True):
    reply_to: Id | None = None


class PostChanges(Body, frozen=True, kw_only=True):
    """What is left out stays as it is; null clears."""

    text: Text | msgspec.UnsetType = msgspec.UNSET
    content_warning: ContentWarning | msgspec.UnsetType | None = msgspec.UNSET
    language: Language | msgspec.UnsetType | None = msgspec.UNSET
    visibility: VisibilityName | msgspec.UnsetType = msgspec.UNSET
    reply_policy: ReplyPolicyName | msgspec.UnsetType = msgspec.UNSET


class PreviewQuery(Query, frozen=True, kw_only=True):
    preview: Annotated[
        bool,
        Meta(description="Answer with the post as it would be, under an id of its own; publish nothing."),
    ] = False


class PostsQuery(Query, frozen=True, kw_only=True):
    ids: IdList


class CommentsQuery(PageQuery, frozen=True, kw_only=True):
    order: CommentOrder = "newest"


class ThreadQuery(Query, frozen=True, kw_only=True):
    order: CommentOrder = "newest"
    limit: Limit = 20


class AuthorQuery(PageQuery, frozen=True, kw_only=True):
    replies: bool = False
    pinned: bool = False


class PostMention(View, frozen=True, kw_only=True):
    """Positions count Unicode code points, the end excluded. `handle` is as it was written."""

    id: Id
    handle: Annotated[str, Meta(max_length=30)]
    start: Count
    end: Count


class PostTag(View, frozen=True, kw_only=True):
    """`tag` is the key under which its page is found; the text keeps the spelling."""

    tag: Annotated[str, Meta(max_length=100)]
    start: Count
    end: Count


class PostLink(View, frozen=True, kw_only=True):
    url: Url
    start: Count
    end: Count


class PostEntities(View, frozen=True, kw_only=True):
    mentions: Annotated[tuple[PostMention, ...], Meta(max_length=100)] = ()
    tags: Annotated[tuple[PostTag, ...], Meta(max_length=30)] = ()
    links: Annotated[tuple[PostLink, ...], Meta(max_length=30)] = ()


class PostCounts(View, frozen=True, kw_only=True):
    likes: Count = 0
    comments: Count = 0
    reposts: Count = 0
    quotes: Count = 0


class PostViewer(View, frozen=True, kw_only=True):
    """How the viewer stands to the post."""

    liked: bool = False
    reposted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    following_author: bool = False
    may_comment: bool = False


class PollOption(View, frozen=True, kw_only=True):
    """`votes` is null while they are hidden."""

    text: Option
    votes: Count | None


class PollViewer(View, frozen=True, kw_only=True):
    """What the viewer voted for; nothing yet when it is empty."""

    choices: Annotated[tuple[Choice, ...], Meta(max_length=MAX_OPTIONS)]


class PollView(View, frozen=True, kw_only=True):
    options: Annotated[tuple[PollOption, ...], Meta(max_length=MAX_OPTIONS)]
    multiple: bool
    expires_at: Time
    is_closed: bool
    voters: Count
    viewer: PollViewer | None


class PostView(View, frozen=True, kw_only=True):
    """`quote` and `repost_of` hold a post in full, one level deep, or null when the viewer may not see it."""

    id: Id
    author: CardView
    text: Text
    entities: PostEntities
    visibility: VisibilityName
    reply_policy: ReplyPolicyName
    content_warning: ContentWarning | None
    language: Language | None
    created_at: Time
    edited_at: Time | None
    version: Count
    reply_to: Id | None
    root: Id | None
    quote: "PostView | None"
    repost_of: "PostView | None"
    media: Annotated[tuple[Id, ...], Meta(max_length=0)] = ()
    poll: PollView | None = None
    counts: PostCounts
    viewer: PostViewer | None


class ThreadView(View, frozen=True, kw_only=True):
    """`ancestors` from the root down to the parent; `comments.next` goes on at `/comments`."""

    ancestors: Annotated[tuple[PostView, ...], Meta(max_length=32)]
    post: PostView
    comments: Page[PostView]


class RevisionView(View, frozen=True, kw_only=True):
    """A former version of a post."""

    version: Count
    text: Text
    entities: PostEntities
    content_warning: ContentWarning | None
    language: Language | None
    created_at: Time
