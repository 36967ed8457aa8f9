"""Row types of conversations and messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from hubbub.messages.schemas import Audience, History, Role

MemberState: TypeAlias = Literal["member", "requested", "declined", "left"]


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    is_group: bool
    name: str
    history: History
    version: int
    members_count: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Member:
    """How an account stands to a conversation."""

    account_id: int
    id: int
    role: Role
    state: MemberState
    from_id: int
    read_id: int
    delivered_id: int

    @property
    def is_pending(self) -> bool:
        """As others see it: they do not learn of a refusal."""
        return self.state in ("requested", "declined")


@dataclass(frozen=True, slots=True)
class Place:
    """A member's own view of a conversation; `unread` and `last_id` as far as they may see."""

    conversation: Conversation
    me: Member
    muted_until: datetime | None
    has_receipts: bool
    unread: int
    last_message_id: int | None


@dataclass(frozen=True, slots=True)
class ListedMember:
    conversation_id: int
    member: Member
    has_receipts: bool


@dataclass(frozen=True, slots=True)
class Message:
    conversation_id: int
    id: int
    sender_id: int
    text: str
    reply_to: int | None = None
    version: int = 1
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    is_hidden: bool = False


class Sight(NamedTuple):
    """Who looks at what of a conversation: above `from_id`."""

    conversation_id: int
    account_id: int
    from_id: int


@dataclass(frozen=True, slots=True)
class Reactions:
    """Of one emoji to one message, by these accounts."""

    conversation_id: int
    message_id: int
    emoji: str
    account_ids: list[int]


@dataclass(frozen=True, slots=True)
class Preferences:
    who_may_write: Audience = "everyone"
    has_receipts: bool = True
