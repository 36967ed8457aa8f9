from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hubbub.accounts import BioEntities, CardView
from hubbub.messages.wording import (
    MAX_EMOJI_CODE_POINTS,
    MAX_NAME_CHARACTERS,
    MAX_QUERY_CHARACTERS,
    MAX_TEXT_BYTES,
    MAX_TEXT_CHARACTERS,
)
from hubbub.platform.http import Body, Count, Id, PageQuery, Query, Time, View

MAX_MEMBERS = 256
MAX_KINDS_OF_REACTIONS = 20
FEW_MEMBERS = 8
MAX_UNREAD = 100

Role: TypeAlias = Literal["owner", "admin", "member"]
History: TypeAlias = Literal["joined", "all"]
Audience: TypeAlias = Literal["everyone", "followed", "nobody"]

Text = Annotated[
    str,
    Meta(
        max_length=MAX_TEXT_BYTES,
        description=f"Up to {MAX_TEXT_CHARACTERS} characters, and {MAX_TEXT_BYTES} bytes in UTF-8.",
    ),
]
# Twenty code points for each character that people count.
Name = Annotated[
    str,
    Meta(
        max_length=20 * MAX_NAME_CHARACTERS,
        description=f"Of a group: one line, up to {MAX_NAME_CHARACTERS} characters; it may be empty.",
    ),
]
ShownHistory = Annotated[
    History, Meta(description="What newcomers see of a group: what is written after they joined, or all.")
]
WhoMayWrite = Annotated[
    Audience,
    Meta(
        description="Whose first message, and whose group, comes straight to you: everyone's, of people whom"
        " you follow, or nobody's. Of all others you get a request."
    ),
]
ReadReceipts = Annotated[
    bool,
    Meta(description="Whether others see how far you have read, and you how far those have who let you."),
]
Emoji = Annotated[str, Meta(max_length=MAX_EMOJI_CODE_POINTS, examples=["👍"])]
Unread = Annotated[int, Meta(ge=0, le=MAX_UNREAD, description=f"{MAX_UNREAD} means that many or more.")]


class NewConversation(Body, frozen=True, kw_only=True):
    """With one person (`account_id`), or a group of several (`account_ids`, which may be empty)."""

    account_id: Id | None = None
    account_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_MEMBERS - 1)] | None = None
    name: Name = ""
    history: ShownHistory = "joined"


class ConversationChanges(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    history: ShownHistory | UnsetType = UNSET


class NewMessage(Body, frozen=True, kw_only=True):
    text: Text
    reply_to: Id | None = None
    client_id: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=64,
                pattern="^[A-Za-z0-9_.:-]+$",
                description="Your own name for the message. Sent again with the same text it gives the same"
                " message back, however often.",
            ),
        ]
        | None
    ) = None


class MessageEdit(Body, frozen=True, kw_only=True):
    text: Text


class RoleChange(Body, frozen=True, kw_only=True):
    """A new owner takes the place of the old one, who is an admin then."""

    role: Role


class MuteBody(Body, frozen=True, kw_only=True):
    duration_seconds: (
        Annotated[int, Meta(ge=60, le=31_536_000, description="Left out: until you end it.")] | None
    ) = None


class Marker(Body, frozen=True, kw_only=True):
    up_to: Annotated[Id, Meta(description="The last message that counts; one further back changes nothing.")]


class PreferenceChanges(Body, frozen=True, kw_only=True):
    who_may_write: WhoMayWrite | UnsetType = UNSET
    read_receipts: ReadReceipts | UnsetType = UNSET


class InboxQuery(PageQuery, frozen=True, kw_only=True):
    requests: Annotated[bool, Meta(description="The requests that wait for you instead.")] = False


class SearchQuery(PageQuery, frozen=True, kw_only=True):
    q: Annotated[
        str,
        Meta(
            min_length=1, max_length=20 * MAX_QUERY_CHARACTERS, description="A word, or a part of the text."
        ),
    ]


class DeleteQuery(Query, frozen=True, kw_only=True):
    whom: Annotated[
        Literal["me", "all"], Meta(description="Whether it is gone for you alone, or for everybody.")
    ] = msgspec.field(default="all", name="for")


class PreferencesView(View, frozen=True, kw_only=True):
    who_may_write: WhoMayWrite
    read_receipts: ReadReceipts


class ReactionView(View, frozen=True, kw_only=True):
    emoji: Emoji
    count: Count


class MessageView(View, frozen=True, kw_only=True):
    """Ids rise in the order that all members see. `sender` is null when you may not see them or they left;
    the text of a deleted message is empty. `my_reactions` is all that differs between members.
    """

    id: Id
    conversation_id: Id
    sender_id: Id | None
    sender: CardView | None
    text: Text
    entities: BioEntities
    reply_to: Id | None
    reactions: Annotated[tuple[ReactionView, ...], Meta(max_length=MAX_KINDS_OF_REACTIONS)]
    created_at: Time
    edited_at: Time | None
    is_deleted: bool
    version: Count
    my_reactions: Annotated[tuple[Emoji, ...], Meta(max_length=MAX_KINDS_OF_REACTIONS)]


class MemberView(View, frozen=True, kw_only=True):
    """`account` is null when you may not see it. Receipts are null unless both of you have them on."""

    account_id: Id
    account: CardView | None
    role: Role
    is_pending: bool
    read_up_to: Id | None
    delivered_up_to: Id | None


class ConversationView(View, frozen=True, kw_only=True):
    """As you see it. `members` are some of them, all of two; `is_request`: you have not accepted it."""

    id: Id
    is_group: bool
    name: Name
    history: ShownHistory
    role: Role
    is_request: bool
    may_write: bool
    members_count: Count
    members: Annotated[tuple[MemberView, ...], Meta(max_length=FEW_MEMBERS)]
    last_message: MessageView | None
    unread: Unread
    read_up_to: Id | None
    muted_until: Time | None
    created_at: Time
    version: Count


class MarkerView(View, frozen=True, kw_only=True):
    conversation_id: Id
    read_up_to: Id | None
    delivered_up_to: Id | None
    unread: Unread


class UnreadView(View, frozen=True, kw_only=True):
    """How many of your conversations, but for muted ones and requests, have something new."""

    conversations: Unread


class DeletedMessage(View, frozen=True, kw_only=True):
    """In a `message.deleted` frame."""

    id: Id
    conversation_id: Id


class ConversationNews(View, frozen=True, kw_only=True):
    """In a `conversation` frame: what has happened, and what is the same for everybody in it. `account_id` is
    whom it is about; whoever is out of it by this learns neither name nor number.
    """

    id: Id
    news: Annotated[str, Meta(max_length=20)]
    account_id: Id | None
    is_group: bool
    name: Name | None
    members_count: Count | None
    version: Count


class MarkerNews(View, frozen=True, kw_only=True):
    """In a `marker` frame, to one's own devices."""

    marker: Literal["conversation"]
    conversation_id: Id
    up_to: Id | None
    unread: Unread


class ReceiptNews(View, frozen=True, kw_only=True):
    """In a `receipt` frame: how far somebody else has read."""

    conversation_id: Id
    account_id: Id
    read_up_to: Id | None
    delivered_up_to: Id | None
