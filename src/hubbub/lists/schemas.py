from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from hubbub.lists.queries import ListReplies
from hubbub.platform.http import Body, Count, Id, Time, View

MAX_TITLE_CHARACTERS = 100

# Twenty code points for each character that people count.
Title = Annotated[
    str,
    Meta(
        max_length=20 * MAX_TITLE_CHARACTERS,
        description=f"One line, up to {MAX_TITLE_CHARACTERS} characters.",
    ),
]
Replies = Annotated[
    ListReplies,
    Meta(
        description="Which comments of members the feed shows beside their posts: none, those that answer"
        " people whom you follow, or those that answer members. Answers to you count as either."
    ),
]
Exclusive = Annotated[
    bool, Meta(description="Whether your home feed leaves out what members write and pass on.")
]


class NewList(Body, frozen=True, kw_only=True):
    title: Title
    replies: Replies = "list"
    exclusive: Exclusive = False


class ListChanges(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    title: Title | UnsetType = UNSET
    replies: Replies | UnsetType = UNSET
    exclusive: Exclusive | UnsetType = UNSET


class ListView(View, frozen=True, kw_only=True):
    """A list of yours. `members_count` counts whom you follow still."""

    id: Id
    title: Title
    replies: Replies
    exclusive: Exclusive
    members_count: Count
    created_at: Time
