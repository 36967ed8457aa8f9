"""What this slice sends over a stream, beside the events that other slices tell."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hubbub.platform.http import Count, Id, Time, View
from hubbub.platform.live import Frame
from hubbub.posts import PostCounts
from hubbub.stream.client_frames import MAX_TOPIC_LENGTH

_encode = msgspec.json.Encoder().encode

Names = Annotated[tuple[Annotated[str, Meta(max_length=MAX_TOPIC_LENGTH)], ...], Meta(max_length=100)]
ErrorCode: TypeAlias = Literal[
    "malformed",
    "busy",
    "forbidden",
    "too_many_topics",
    "invalid_token",
    "wrong_account",
    "unavailable",
    "internal",
]


class Subscribed(View, frozen=True, kw_only=True):
    topics: Names


class Unsubscribed(View, frozen=True, kw_only=True):
    """`reason` says why when nobody asked for it: it may not be seen any more, or is gone."""

    topics: Names
    reason: Literal["forbidden", "deleted"] | UnsetType = UNSET


class Renewed(View, frozen=True, kw_only=True):
    """The connection lives on with the new token."""

    expires_at: Time


class Problem(View, frozen=True, kw_only=True):
    code: ErrorCode
    message: Annotated[str, Meta(max_length=200)]
    topics: Names | UnsetType = UNSET


class SessionState(View, frozen=True, kw_only=True):
    """The token runs out in so many seconds: send `auth` with a newer one."""

    state: Literal["expiring"]
    expires_in: Count


class PostCountsChanged(View, frozen=True, kw_only=True):
    post_id: Id
    counts: PostCounts


class PostUpdated(View, frozen=True, kw_only=True):
    """The post was edited and can be read again."""

    post_id: Id
    version: Count


class PostDeleted(View, frozen=True, kw_only=True):
    """The post is gone, and the topic with it."""

    post_id: Id


class Presence(View, frozen=True, kw_only=True):
    account_id: Id
    state: Literal["online", "offline"]
    last_seen_at: Time | None = None
    """Of somebody who is offline, where it is known."""


class SomebodyTypes(View, frozen=True, kw_only=True):
    """Shown for six seconds, unless it comes again."""

    conversation_id: Id
    account_id: Id


def frame(type_: str, data: msgspec.Struct) -> Frame:
    """A hint: it has no id and is not replayed."""
    return Frame(type_.encode(), _encode(data))


PONG = Frame(b"pong", b"")
MESSAGES: dict[ErrorCode, str] = {
    "malformed": "This is no frame that clients may send; see /asyncapi.json.",
    "busy": "Wait for the answers to earlier frames.",
    "forbidden": "There is no such thing, or you may not see it.",
    "too_many_topics": "A stream has at most 50 topics.",
    "invalid_token": "The access token is not valid, or its session has ended.",
    "wrong_account": "The token is of another account than this stream.",
    "unavailable": "The service cannot answer right now; try again shortly.",
    "internal": "Something went wrong on our side.",
}


def refusal(code: ErrorCode, topics: tuple[str, ...] | None = None) -> Frame:
    return frame(
        "error", Problem(code=code, message=MESSAGES[code], topics=UNSET if topics is None else topics)
    )
