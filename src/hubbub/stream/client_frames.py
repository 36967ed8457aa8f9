"""What clients may send over a WebSocket, decoded strictly."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from hubbub.platform.http import Id

MAX_TOPICS = 50
MAX_TOPIC_LENGTH = 64
MAX_TOKEN_LENGTH = 1024

Topic = Annotated[
    str,
    Meta(
        max_length=MAX_TOPIC_LENGTH,
        description="`post:ID` for the counts, edits and deletion of a post, `presence:ID` for an account.",
        examples=["post:257000000000000001"],
    ),
]
Topics = Annotated[tuple[Topic, ...], Meta(min_length=1, max_length=2 * MAX_TOPICS)]


class _Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Subscribe(_Frame, frozen=True, kw_only=True, tag="subscribe"):
    """Asks for topics. What may not be seen is refused, alike for missing and hidden things."""

    topics: Topics


class Unsubscribe(_Frame, frozen=True, kw_only=True, tag="unsubscribe"):
    topics: Topics


class Auth(_Frame, frozen=True, kw_only=True, tag="auth"):
    """A newer access token of the same account. From then on the connection lives as long as that one."""

    token: Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN_LENGTH)]


class Ping(_Frame, frozen=True, kw_only=True, tag="ping"):
    """Answered by `pong`, for clients that cannot see the pings of WebSocket itself."""


class Typing(_Frame, frozen=True, kw_only=True, tag="typing"):
    """The other members of the conversation are told, at most once in three seconds."""

    conversation_id: Id


ClientFrame: TypeAlias = Subscribe | Unsubscribe | Auth | Ping | Typing

_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)


def read_client_frame(text: bytes) -> ClientFrame | None:
    """None for what is no frame."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
