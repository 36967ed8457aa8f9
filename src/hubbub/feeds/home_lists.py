"""Home lists in Valkey: the newest post ids of the feed of each account that is seen, complete above a floor.

Never the truth: a list may be missing at any moment, and whoever finds none asks PostgreSQL.
"""

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from functools import partial
from typing import Any

import msgspec

from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window
from hubbub.platform.stamps import home_key, stamp_key
from hubbub.platform.valkey import Ask, Valkey
from hubbub.settings import FeedSettings

# Lists of one call; while it runs, for a millisecond or two, Valkey answers nobody else.
CHUNK = 1_000
# A rebuild that takes longer is given up, and somebody else may begin.
BUILD_SECONDS = 10.0
# Readers in the middle of their lists whose place a process remembers.
PLACES = 5_000


class ListState(Enum):
    NONE = b"none"
    BUILDING = b"building"
    READY = b"ready"


class Look(msgspec.Struct, frozen=True):
    """One look at an account's stamp and home list."""

    stamp: str
    state: ListState
    text: bytes = b""
    """The ids of the window in the order of its scan, joined by commas; only those above the floor."""
    floor: int = 0
    """Of a ready list: above it the list is complete; 0 when there is nothing else."""

    @property
    def is_ready(self) -> bool:
        return self.state is ListState.READY

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(map(int, self.text.split(b","))) if self.text else ()

    def __len__(self) -> int:
        return self.text.count(b",") + 1 if self.text else 0

    def is_whole(self, window: Window) -> bool:
        """`ids` is all that PostgreSQL would give for the window; otherwise only what is above the floor."""
        if not self.is_ready:
            return False
        if window.is_back:
            return window.position >= self.floor
        return self.floor == 0 or len(self) >= window.limit


class Building(msgspec.Struct, frozen=True):
    """What came of the wish to rebuild: with a token it is the caller's, before reading PostgreSQL."""

    stamp: str
    state: ListState
    token: bytes


class _Places:
    """Where in their lists readers were lately, so that going on from there takes no search. Only a hint."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[int, int, bytes]] = {}

    def hint(self, account_id: int, window: Window) -> int:
        """Where the ids older than the position began; 0 when that is not known."""
        position, place, text = self._places.get(account_id, (0, 0, b""))
        if position == window.position:
            return place
        before, found, _ = text.partition(b"%d" % window.position)
        return place + before.count(b",") + 1 if found else 0

    def note(self, account_id: int, window: Window, place: int, text: bytes) -> None:
        if place < 0:
            return
        if len(self._places) >= PLACES:
            self._places.clear()
        self._places[account_id] = (window.position, place, text)


class HomeLists:
    def __init__(self, valkey: Valkey, settings: FeedSettings) -> None:
        self._valkey = valkey
        self._length = settings.home_list_length
        self._places = _Places()
        self._ttl_ms = int(settings.home_list_days * 86_400_000)

    @property
    def length(self) -> int:
        """Most ids that a list holds, and that a rebuild reads."""
        return self._length

    def look(self, account_id: int, window: Window) -> Ask[Look]:
        """A look at the window of a list, made when it is awaited, or with the charge of a rate budget.

        Raises ValkeyUnavailable.
        """
        is_deep = window.position != MAX_ID
        hint = self._places.hint(account_id, window) if is_deep else 0
        return Ask(
            self._valkey,
            "home",
            (stamp_key(account_id), home_key(account_id)),
            (window.position, int(window.is_back), window.limit, self._ttl_ms, hint),
            partial(self._read_deep_look, account_id, window) if is_deep else _read_look,
        )

    def _read_deep_look(self, account_id: int, window: Window, reply: list[Any]) -> Look:
        self._places.note(account_id, window, reply[4], reply[2])
        return _read_look(reply)

    async def push(self, account_ids: Collection[int], post_ids: Collection[int]) -> int:
        """Add posts to the lists that exist, which are counted. Idempotent. Raises ValkeyUnavailable."""
        ids = sorted(post_ids)
        if not ids:
            return 0
        sent = [
            self._valkey.send("FCALL", "hubbub_push", len(keys), *keys, self._length, *ids, read=int)
            for keys in self._chunks([home_key(account_id) for account_id in account_ids], len(ids))
        ]
        return sum([await each for each in sent])

    async def begin(self, account_id: int) -> Building:
        """Wish to rebuild a list. A token is given to one caller at a time, and only when there is no list.

        From then on pushes collect. The caller reads every id of the feed, newest first and at most
        `length`, and calls `finish`. A token that is not used is worth nothing after BUILD_SECONDS.
        """
        keys = (stamp_key(account_id), home_key(account_id))
        reply = await self._valkey.fcall("hubbub_begin", keys, [self._ttl_ms, int(BUILD_SECONDS * 1000)])
        return Building(stamp=reply[0].decode(), state=ListState(reply[1]), token=reply[2])

    async def finish(self, account_id: int, token: bytes, ids: Sequence[int], *, floor: int) -> bool:
        """Make the list of the ids, newest first, and what was pushed meanwhile.

        The ids are all above `floor` that there were when read; 0 when there is nothing else. False when the
        list was dropped since `begin`, or too much was pushed: then there is none, and nothing is wrong.
        """
        reply = await self._valkey.fcall(
            "hubbub_finish", [home_key(account_id)], [token, self._length, self._ttl_ms, floor, *ids]
        )
        return bool(reply)

    async def drop(self, account_ids: Collection[int]) -> None:
        """The lists are wrong: they are rebuilt when somebody looks. To be called after the commit."""
        await self._valkey.delete(*(home_key(account_id) for account_id in account_ids))

    async def forget(self, account_ids: Collection[int]) -> None:
        """Lists and stamps of accounts that nobody reads with any more."""
        keys = [key(account_id) for account_id in account_ids for key in (home_key, stamp_key)]
        await self._valkey.delete(*keys)

    def _chunks(self, keys: list[str], ids: int) -> Iterator[list[str]]:
        """Fewer lists the more ids go to each."""
        size = max(CHUNK * 4 // max(ids, 4), 1)
        groups: dict[int, list[str]] = {}
        for key in keys:
            groups.setdefault(self._valkey.slot(key), []).append(key)
        for group in groups.values():
            for start in range(0, len(group), size):
                yield group[start : start + size]


def _read_look(reply: list[Any]) -> Look:
    stamp, state, text, floor, _ = reply
    return Look(stamp.decode(), ListState(state), text, int(floor or 0))
