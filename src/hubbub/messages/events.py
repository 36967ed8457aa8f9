"""What is announced about conversations; the aggregate is always the conversation."""

from typing import ClassVar, Literal, TypeAlias

from hubbub.platform.outbox import Event

MemberNews: TypeAlias = Literal["added", "requested", "accepted", "declined", "left", "removed", "role"]


class MessageSent(Event, frozen=True):
    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "push")

    conversation_id: int
    message_id: int
    sender_id: int


class MessageChanged(Event, frozen=True):
    """Edited, or reacted to."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    conversation_id: int
    message_id: int


class MessageDeleted(Event, frozen=True):
    """For everybody, or, with an account, for that account alone."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    conversation_id: int
    message_id: int
    account_id: int = 0


class ConversationChanged(Event, frozen=True):
    """It has begun, or is called otherwise, or shows newcomers more or less."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    conversation_id: int
    version: int


class MemberChanged(Event, frozen=True):
    """Somebody came, went, or stands otherwise to the conversation; `by_id` is who did it."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record")

    conversation_id: int
    account_id: int
    by_id: int
    news: MemberNews
    version: int


class MarkerMoved(Event, frozen=True):
    """Somebody has read, or been brought, further than before."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver",)

    conversation_id: int
    account_id: int


class ConversationEmptied(Event, frozen=True):
    """Nobody is in it any more; what is left of it is deleted a bounded number of rows at a time."""

    aggregate: ClassVar[str] = "conversation_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    conversation_id: int


class MessageRemnantsLeft(Event, frozen=True):
    """A purged account has left more behind than one transaction takes away."""

    aggregate: ClassVar[str] = "account_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)

    account_id: int
