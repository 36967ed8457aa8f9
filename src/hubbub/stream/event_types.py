"""Every type of frame that a stream carries, and what its `data` is. The documentation is made from this."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hubbub.messages import ConversationNews, DeletedMessage, MessageView, ReceiptNews
from hubbub.notifications import NotificationView
from hubbub.platform.http import Count, Id, View
from hubbub.stream.server_frames import (
    PostCountsChanged,
    PostDeleted,
    PostUpdated,
    Presence,
    Problem,
    Renewed,
    SessionState,
    SomebodyTypes,
    Subscribed,
    Unsubscribed,
)


class FeedNews(View, frozen=True, kw_only=True):
    """Something new stands in a feed; the post is read from there."""

    feed: Literal["home"]
    post_id: Id
    author_id: Id


class Marker(View, frozen=True, kw_only=True):
    """How far you have read, and what is unread still."""

    marker: Literal["conversation", "notifications"]
    conversation_id: Id | UnsetType = UNSET
    up_to: Id | None
    unread: Count


class Closing(View, frozen=True, kw_only=True):
    """The last event of server-sent events: what would be the close code of a WebSocket."""

    code: Annotated[int, Meta(ge=1000, le=4999)]
    reason: Annotated[str, Meta(max_length=100)]


class FrameType(NamedTuple):
    data: type[msgspec.Struct] | None
    is_kept: bool
    """Whether it has an id, and is replayed to who was away."""
    summary: str


SERVER_FRAMES: dict[str, FrameType] = {
    "ready": FrameType(
        None, True, "The stream stands. `id` is that of the newest event, or where it resumes."
    ),
    "reset": FrameType(None, True, "What came before `id` is not known: read anew what you show."),
    "notification": FrameType(NotificationView, True, "A group of notifications that is new, or has grown."),
    "feed": FrameType(FeedNews, True, "Something new in your home feed."),
    "message": FrameType(MessageView, True, "A message in a conversation of yours."),
    "message.updated": FrameType(MessageView, True, "It was edited, or somebody reacted to it."),
    "message.deleted": FrameType(DeletedMessage, True, "It is gone for you."),
    "conversation": FrameType(ConversationNews, True, "A conversation, or who is in it, has changed."),
    "marker": FrameType(Marker, True, "You have read up to here on another device."),
    "receipt": FrameType(ReceiptNews, False, "Somebody has read, or got, up to here."),
    "typing": FrameType(SomebodyTypes, False, "Somebody types in a conversation of yours."),
    "session": FrameType(SessionState, False, "Your access token runs out soon."),
    "renewed": FrameType(Renewed, False, "Answer to `auth`."),
    "subscribed": FrameType(Subscribed, False, "Answer to `subscribe`, naming what is told from now on."),
    "unsubscribed": FrameType(Unsubscribed, False, "Answer to `unsubscribe`, or the end of a topic."),
    "pong": FrameType(None, False, "Answer to `ping`."),
    "error": FrameType(Problem, False, "A frame of yours was refused; the stream goes on."),
    "post.counts": FrameType(PostCountsChanged, False, "Topic `post:ID`: counts, at most twice a second."),
    "post.updated": FrameType(PostUpdated, False, "Topic `post:ID`: it was edited; read it again."),
    "post.deleted": FrameType(PostDeleted, False, "Topic `post:ID`: it is gone, and so is the topic."),
    "presence": FrameType(Presence, False, "Topic `presence:ID`: came or went, and once as it is."),
    "close": FrameType(Closing, False, "Only with server-sent events: why the stream ends."),
}


def schemas_of(types: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    found, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return list(found), components
