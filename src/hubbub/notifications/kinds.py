"""Kinds of notifications, which of them are told together, and the names of their groups."""

import re
from enum import IntEnum
from typing import Literal, NamedTuple

from hubbub.platform.http import parse_id

KindName = Literal[
    "like",
    "comment",
    "mention",
    "repost",
    "quote",
    "follow",
    "follow_request",
    "follow_accepted",
    "post",
    "message_request",
    "moderation",
    "poll_ended",
]
MOST_ACTORS = 8
"""Of whom a group knows without asking further."""


class Kind(IntEnum):
    """The numbers are stored; never give one a new meaning."""

    LIKE = 1
    COMMENT = 2
    MENTION = 3
    REPOST = 4
    QUOTE = 5
    FOLLOW = 6
    FOLLOW_REQUEST = 7
    FOLLOW_ACCEPTED = 8
    POST = 9
    MESSAGE_REQUEST = 10
    MODERATION = 11
    POLL_ENDED = 12

    @property
    def title(self) -> KindName:
        return _NAMES[self]


class Place(IntEnum):
    LIST = 0
    FILTERED = 1
    PUSH_ONLY = 2
    """Not wanted in the app, but by some other channel."""


# Told together, and taken back when what they tell is taken back.
CROWDS = frozenset({Kind.LIKE, Kind.REPOST, Kind.FOLLOW, Kind.FOLLOW_REQUEST})
# About the post that is their object.
OF_POSTS = frozenset(
    {Kind.LIKE, Kind.COMMENT, Kind.MENTION, Kind.REPOST, Kind.QUOTE, Kind.POST, Kind.POLL_ENDED}
)
KINDS: dict[KindName, Kind] = {
    "like": Kind.LIKE,
    "comment": Kind.COMMENT,
    "mention": Kind.MENTION,
    "repost": Kind.REPOST,
    "quote": Kind.QUOTE,
    "follow": Kind.FOLLOW,
    "follow_request": Kind.FOLLOW_REQUEST,
    "follow_accepted": Kind.FOLLOW_ACCEPTED,
    "post": Kind.POST,
    "message_request": Kind.MESSAGE_REQUEST,
    "moderation": Kind.MODERATION,
    "poll_ended": Kind.POLL_ENDED,
}
_NAMES = {kind: name for name, kind in KINDS.items()}
_is_name = re.compile(r"(filtered-)?([a-z_]{1,20})-(0|[1-9][0-9]{0,18})", re.ASCII).fullmatch


class GroupKey(NamedTuple):
    """Of a group among those of one account."""

    object_id: int
    kind: Kind
    place: Place

    @property
    def name(self) -> str:
        """The id that clients know the group by, for ever."""
        prefix = "filtered-" if self.place is Place.FILTERED else ""
        return f"{prefix}{self.kind.title}-{self.object_id}"


def parse_group(name: str) -> GroupKey | None:
    """None for what no group is called."""
    found = _is_name(name)
    if found is None:
        return None
    kind = next((kind for title, kind in KINDS.items() if title == found[2]), None)
    object_id = 0 if found[3] == "0" else parse_id(found[3])
    if kind is None or object_id is None:
        return None
    return GroupKey(object_id, kind, Place.FILTERED if found[1] else Place.LIST)
