from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from hubbub.platform.http import MAX_IDS, Body, Count, IdList, Query, View
from hubbub.stream.client_frames import MAX_TOPIC_LENGTH, MAX_TOPICS
from hubbub.stream.server_frames import Presence

ShownTo: TypeAlias = Literal["everyone", "followed", "nobody"]
PresenceShownTo = Annotated[
    ShownTo,
    Meta(description="Who sees whether you are connected: everyone, people whom you follow, or nobody."),
]
TypingShown = Annotated[bool, Meta(description="Whether others in a conversation see that you type.")]

EventId = Annotated[
    str,
    Meta(
        max_length=64,
        description="`id` of the last event you know; what came after it is sent again, or `reset`.",
        examples=["1764038400000-0"],
    ),
]


class StreamQuery(Query, frozen=True, kw_only=True):
    ticket: Annotated[
        str, Meta(max_length=64, description="From `POST /v1/stream/tickets`, where no header can be sent.")
    ] = ""
    resume_from: EventId = ""
    topics: Annotated[
        str,
        Meta(
            max_length=MAX_TOPICS * (MAX_TOPIC_LENGTH + 1),
            description="`post:ID` and `presence:ID`, up to 50, separated by commas.",
        ),
    ] = ""


class TicketView(View, frozen=True, kw_only=True):
    ticket: Annotated[str, Meta(max_length=43)]
    expires_in: Count
    """Seconds."""


class StreamPreferences(View, frozen=True, kw_only=True):
    presence: PresenceShownTo = "followed"
    typing: TypingShown = True


class StreamPreferencesBody(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    presence: PresenceShownTo | UnsetType = UNSET
    typing: TypingShown | UnsetType = UNSET


class PresenceQuery(Query, frozen=True, kw_only=True):
    ids: IdList


class PresenceList(View, frozen=True, kw_only=True):
    """Of those whose presence you may see; others are left out."""

    items: Annotated[tuple[Presence, ...], Meta(max_length=MAX_IDS)]
