"""What is driven: something that speaks HTTP and knows how to ask for each operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

OPERATIONS = (
    "home",  # the reader's own feed; with `cursor` a deeper page
    "poll",  # the same, by somebody who has it: with `etag` when an earlier answer had one
    "profile",  # subject: an account
    "author",  # subject: an account, whose posts are listed
    "thread",  # subject: a post, with its comments
    "notifications",  # what others did that concerns the reader
    "post",  # publish `text`
    "comment",  # subject: a post, answered with `text`
    "like",  # subject: a post; liking it again is fine
    "unlike",
    "follow",  # subject: an account; following it again is fine
    "unfollow",
    "login",  # with the reader's handle and password
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks. The token is the target's own."""

    id: int
    handle: str = ""
    token: str = ""


class Call(NamedTuple):
    """One request; Host and Content-Length are added by who sends it."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Api(Protocol):
    """How a target wants to be asked. Every answer has a Content-Length and keeps the connection open."""

    @property
    def name(self) -> str: ...

    @property
    def base_url(self) -> str:
        """Such as http://127.0.0.1:8000, without a path."""
        ...

    def request(
        self,
        operation: str,
        reader: Person,
        *,
        subject: int = 0,
        cursor: str = "",
        etag: str = "",
        text: str = "",
    ) -> Call:
        """One of OPERATIONS. Statuses 200 to 299 and 304 are success; what it needs not, it ignores."""
        ...

    def next_cursor(self, body: bytes) -> str:
        """Of the page after this one, from the answer to `home` or `author`; empty when there is none."""
        ...
