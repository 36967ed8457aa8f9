"""Keyset pages: opaque signed cursors, windows over ids, and pages that stay full when rules remove items.

A cursor names the *scan position*: the id of the last candidate looked at, not of the last item shown,
so that a page whose every item was filtered out still moves forward.
"""

import base64
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from hubbub.errors import BadRequest
from hubbub.platform.ids import MAX_ID
from hubbub.platform.secrets import Keyring

T = TypeVar("T")
C = TypeVar("C")
DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_ROUNDS = 6


class BadCursor(BadRequest):
    code = "bad_cursor"
    message = "The cursor is not one that this list gave you."


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Items in order; `next` and `prev` are cursors, null where the list ends."""

    items: Annotated[tuple[T, ...], Meta(max_length=MAX_LIMIT)]
    next: Annotated[str, Meta(max_length=300)] | None
    prev: Annotated[str, Meta(max_length=300)] | None


@dataclass(frozen=True, slots=True)
class Window:
    """A bounded scan. Older than `position` (newest first), or, going back, newer than it (oldest first).

    Lists read oldest first turn the meaning round: "back" is then towards older.
    `rank` is the first sort key of lists that are not ordered by id alone (likes of a top comment).
    """

    limit: int = DEFAULT_LIMIT
    position: int = MAX_ID
    is_back: bool = False
    is_first: bool = True
    rank: int = MAX_ID

    def after(self, position: int, limit: int, rank: int = MAX_ID) -> "Window":
        """The same scan, continued behind `position`."""
        return Window(limit=limit, position=position, is_back=self.is_back, is_first=False, rank=rank)


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page's items in the order of the scan, and where the scan stands."""

    items: list[T]
    first: int | None
    """Position of the first item; None when there is none."""
    last: int | None
    """Scan position to go on from; None when the list has ended."""
    last_rank: int = 0
    first_rank: int = 0


async def fill_slice(
    window: Window,
    fetch: Callable[[Window], Awaitable[Sequence[C]]],
    keep: Callable[[Sequence[C]], Awaitable[Sequence[tuple[int, T]]]],
    position_of: Callable[[C], int],
) -> Slice[T]:
    """Fetch candidates and keep what may be shown until the page is full or the list ends.

    `fetch` returns at most `window.limit` candidates behind `window.position`, in scan order; `keep`
    returns (position, item) for those that may be shown, in the same order. One more than asked for is
    looked for, so that `last` is None exactly when nothing more can be shown within the rounds.
    Bounded to MAX_ROUNDS fetches, each up to four times larger than the page; a list so thin that
    these find nothing ends in a short page with a cursor.
    """
    found: list[tuple[int, T]] = []
    position, want = window.position, window.limit + 1
    size = want
    for _ in range(MAX_ROUNDS):
        candidates = await fetch(Window(size, position, window.is_back, window.is_first))
        found += await keep(candidates)
        if len(candidates) < size:
            position = -1
            break
        position = position_of(candidates[-1])
        if len(found) >= want:
            break
        size = min(max(size * 2, 40), 400)
    items = found[: window.limit]
    if len(found) > window.limit:
        last: int | None = items[-1][0]
    else:
        last = None if position == -1 else position
    return Slice([item for _, item in items], items[0][0] if items else None, last)


class Cursors:
    """Writes and reads cursors, signed for one list of one viewer (8 bytes of HMAC-SHA256)."""

    VERSION = 1

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.derive("cursor")

    def write(self, scope: str, position: int, *, is_back: bool = False, rank: int = 0) -> str:
        body = msgspec.msgpack.encode((self.VERSION, int(is_back), position, rank))
        return self._spell(self._sign(scope, body) + body)

    def read(self, scope: str, cursor: str, limit: int) -> Window:
        """Raises BadCursor for anything that `write` did not make for this scope."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            version, is_back, position, rank = msgspec.msgpack.decode(raw[8:], type=tuple[int, int, int, int])
        except (ValueError, msgspec.MsgspecError) as error:
            raise BadCursor(f"unreadable: {error}") from error
        # The last character of Base64 has spare bits; only the spelling that was given out is taken.
        is_ours = self._spell(raw) == cursor and hmac.compare_digest(raw[:8], self._sign(scope, raw[8:]))
        if not is_ours or version != self.VERSION:
            raise BadCursor("signature")
        return Window(limit=limit, position=position, is_back=bool(is_back), is_first=False, rank=rank)

    @staticmethod
    def _spell(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def _sign(self, scope: str, body: bytes) -> bytes:
        return hmac.digest(self._key, scope.encode() + b"\0" + body, "sha256")[:8]
