from typing import Annotated

from msgspec import Meta

from hubbub.accounts import CardView
from hubbub.notifications.kinds import MOST_ACTORS, KindName
from hubbub.platform.http import Body, Count, Id, PageQuery, Time, View
from hubbub.posts import PostView

MAX_UNREAD = 100
MAX_NOTICE_CHARACTERS = 2_000

GroupId = Annotated[str, Meta(max_length=50, examples=["like-257000000000000001"])]
KindList = Annotated[
    str,
    Meta(
        pattern="^[a-z_]{1,20}(,[a-z_]{1,20}){0,19}$",
        max_length=420,
        description="Kinds, separated by commas.",
        examples=["mention,comment"],
    ),
]


class NotificationsQuery(PageQuery, frozen=True, kw_only=True):
    types: KindList | None = None
    exclude_types: KindList | None = None
    filtered: Annotated[
        bool, Meta(description="Those that your policy set apart, instead of all others.")
    ] = False


class ReadBody(Body, frozen=True, kw_only=True):
    """`up_to` is the `latest_id` of the newest notification that was seen."""

    up_to: Id


class NotificationView(View, frozen=True, kw_only=True):
    """What one or more people did. `id` stays the same while the group grows.

    `accounts` are the newest of `count` people. `post` is what it is about, `text` what a notice says.
    """

    id: GroupId
    kind: KindName
    count: Count
    accounts: Annotated[tuple[CardView, ...], Meta(max_length=MOST_ACTORS)]
    post: PostView | None
    conversation_id: Id | None
    text: Annotated[str, Meta(max_length=20 * MAX_NOTICE_CHARACTERS)] | None
    created_at: Time
    updated_at: Time
    is_read: bool
    latest_id: Id


class UnreadView(View, frozen=True, kw_only=True):
    """`count` is of groups; there are more when `is_capped`. `up_to` marks all of these as read."""

    count: Annotated[int, Meta(ge=0, le=MAX_UNREAD)]
    is_capped: bool
    up_to: Id | None


class BellView(View, frozen=True, kw_only=True):
    """Whether you are told of every new post of the account."""

    id: Id
    bell: bool


class MutedThreadView(View, frozen=True, kw_only=True):
    """Whether notifications about the discussion that began with this post are off."""

    root: Id
    muted: bool
