"""The log of live events of each account, in Valkey: it gives events their ids and tells who is connected.

An account has a log from its first connection until nobody has been connected with it for a day. What is told
to an account without one costs a look, and nothing else.
"""

import random
import re
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from hubbub.errors import Unavailable
from hubbub.platform.live.frames import Frame, Told
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable

# What a log holds at least before it forgets the oldest.
EVENTS = 1_000
LOG_SECONDS = 86_400.0
# A process that dies leaves its devices behind for this long; living ones are confirmed three times as often.
DEVICE_SECONDS = 90.0
BEAT_SECONDS = 30.0
ONCE_SECONDS = 600.0
MOST_DEVICES = 20
CHUNK = 250
FORGET_SHARE = 1 / 256
HINT = b"-"
LIVE_KEY = "live-accounts"


class _Addressed(Protocol):
    @property
    def account_id(self) -> int: ...


A = TypeVar("A", bound=_Addressed)
_is_event_id = re.compile(r"[0-9]{1,16}-[0-9]{1,10}", re.ASCII).fullmatch


def is_event_id(text: str) -> bool:
    """Whether it could be the id of an event: milliseconds and a number, as logs give them."""
    return _is_event_id(text) is not None


def is_after(id_: bytes, other: bytes) -> bool:
    """Whether the id is that of a later event of the same account."""
    return place_of(id_) > place_of(other)


def place_of(id_: bytes) -> tuple[int, int]:
    ms, _, number = id_.partition(b"-")
    return int(ms), int(number)


class Entry(NamedTuple):
    """An event as it stands in a log. A hint has no id."""

    id: bytes
    type: bytes
    about: tuple[int, ...]
    post_id: int
    data: bytes

    @property
    def frame(self) -> Frame:
        return Frame(self.type, self.data, self.id)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a connection stands to its account's log."""

    state: Literal["full", "ready", "resumed", "reset"]
    """Too many devices; begin now; replay `entries`; or: what came between is not known."""
    newest: bytes = b""
    first: bytes = b""
    """What tells this log from one that was opened anew, which may lack something."""
    others: int = 0
    """Devices of the account that were connected already."""
    entries: tuple[Entry, ...] = ()


class Seat(NamedTuple):
    """A device of an account."""

    account_id: int
    device: str


class LiveLog:
    """Raises Unavailable where Valkey does not take or give something."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def tell(self, told: Sequence[Told]) -> int:
        """Tell each account its event, in order; how many logs took one. Idempotent by the keys."""
        hints = [each for each in told if not each.is_kept]
        kept = 0
        for chunk in self._chunks([each for each in told if each.is_kept]):
            keys, args = _keys_and_args(chunk)
            kept += await self._ask("hubbub_tell", keys, [EVENTS, _ms(ONCE_SECONDS), *args])
        for hint in hints:
            await self.hint(hint)
        return kept

    async def hint(self, told: Told) -> None:
        """To whoever is connected with the account now."""
        try:
            await self._valkey.publish(channel_of(told.account_id), HINT + b" - " + _payload(told))
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error

    async def open(self, seat: Seat, *, after: bytes = b"", most_devices: int = MOST_DEVICES) -> Opening:
        """Take a seat, unless as many are taken, and open the log; with what came after an id."""
        account_id = seat.account_id
        # First of all, so that nobody told from now on passes over the log for want of it.
        await self._remember([account_id])
        keys = (mark_key(account_id), log_key(account_id), devices_key(account_id))
        args = [seat.device, most_devices, _ms(LOG_SECONDS), _ms(DEVICE_SECONDS), after]
        return _read_opening(await self._ask("hubbub_open_log", keys, args))

    async def catch_up(self, account_id: int, after: bytes, first: bytes) -> Opening:
        """What came after an id in the log that a connection knows, which may have missed some of it."""
        await self._remember([account_id])
        keys = (mark_key(account_id), log_key(account_id))
        return _read_opening(await self._ask("hubbub_catch_up", keys, [after, _ms(LOG_SECONDS), first]))

    async def leave(self, seat: Seat) -> int:
        """Give a seat back; how many others of the account are taken."""
        others: int = await self._ask("hubbub_leave", [devices_key(seat.account_id)], [seat.device])
        return others

    async def beat(self, seats: Sequence[Seat]) -> list[Seat]:
        """Say that these are still taken. Returns those whose log is not open any more: Valkey lost it."""
        lost: list[Seat] = []
        await self._remember([seat.account_id for seat in seats])
        for chunk in self._chunks(seats):
            keys = [key(seat.account_id) for seat in chunk for key in (mark_key, log_key, devices_key)]
            args = [_ms(LOG_SECONDS), _ms(DEVICE_SECONDS), *(seat.device for seat in chunk)]
            is_open = await self._ask("hubbub_beat", keys, args)
            lost += [seat for seat, flag in zip(chunk, is_open, strict=True) if not flag]
        return lost

    async def connected(self, account_ids: Collection[int]) -> set[int]:
        """Which of the accounts are connected, with any device and to any process."""
        found: set[int] = set()
        for chunk in self._chunks([Seat(account_id, "") for account_id in account_ids]):
            flags = await self._ask("hubbub_connected", [devices_key(seat.account_id) for seat in chunk], [])
            found |= {seat.account_id for seat, flag in zip(chunk, flags, strict=True) if flag}
        return found

    async def among(self, account_ids: Sequence[int]) -> list[int]:
        """Those of the accounts that may have an open log; of many thousands it costs one short command."""
        if not account_ids:
            return []
        try:
            until = await self._valkey.command("ZMSCORE", LIVE_KEY, *account_ids)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error
        return [id_ for id_, score in zip(account_ids, until, strict=True) if score is not None]

    async def scan(self, cursor: int, *, count: int) -> tuple[int, list[int]]:
        """Accounts that may have an open log, some at a time: 0 begins, and is what the last of them answers.

        Whoever is there all the while is met at least once.
        """
        try:
            following, found = await self._valkey.command("ZSCAN", LIVE_KEY, cursor, "COUNT", count)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error
        return int(following), [int(account_id) for account_id in found[::2]]

    async def _remember(self, account_ids: Collection[int]) -> None:
        """Whose logs may be open, and until when."""
        if not account_ids:
            return
        now = time.time()
        until = int(now + LOG_SECONDS + DEVICE_SECONDS)
        try:
            await self._valkey.command("ZADD", LIVE_KEY, *(x for id_ in account_ids for x in (until, id_)))
            if random.random() < FORGET_SHARE:  # noqa: S311 - only how often
                await self._valkey.command("ZREMRANGEBYSCORE", LIVE_KEY, "-inf", int(now))
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error

    async def _ask(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            return await self._valkey.fcall(name, keys, args)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error

    def _chunks(self, items: Sequence[A]) -> Iterator[list[A]]:
        """Of accounts that one call may name together, in their order."""
        groups: dict[int, list[A]] = {}
        for item in items:
            groups.setdefault(self._valkey.slot(mark_key(item.account_id)), []).append(item)
        for group in groups.values():
            for start in range(0, len(group), CHUNK):
                yield group[start : start + CHUNK]


def channel_of(account_id: int) -> str:
    return f"live:{account_id}"


def mark_key(account_id: int) -> str:
    return f"live:{{account:{account_id}}}"


def log_key(account_id: int) -> str:
    return f"log:{{account:{account_id}}}"


def devices_key(account_id: int) -> str:
    return f"devices:{{account:{account_id}}}"


def read_entry(id_: bytes, payload: bytes) -> Entry:
    type_, about, post_id, data = payload.split(b" ", 3)
    return Entry(id_, type_, tuple(map(int, about.split(b","))) if about else (), int(post_id), data)


def read_message(message: bytes) -> tuple[Entry, bytes]:
    """What is published, and the first id of the log that it stands in; a hint stands in none."""
    id_, first, payload = message.split(b" ", 2)
    return read_entry(b"" if id_ == HINT else id_, payload), first


def _payload(told: Told) -> bytes:
    about = ",".join(map(str, told.about))
    return b"%b %b %d %b" % (told.type.encode(), about.encode(), told.post_id, told.data)


def _keys_and_args(told: Iterable[Told]) -> tuple[list[str], list[bytes | str]]:
    keys: list[str] = []
    args: list[bytes | str] = []
    for each in told:
        mark = mark_key(each.account_id)
        once = f"told:{{account:{each.account_id}}}:{each.type}:{each.key}" if each.key else mark
        keys += (mark, log_key(each.account_id), once)
        args += (channel_of(each.account_id), _payload(each), "once" if each.key else "often")
    return keys, args


def _read_opening(reply: list[Any]) -> Opening:
    state: Any = reply[0].decode()
    if state == "full":
        return Opening("full")
    rest = reply[4:]
    entries = tuple(
        read_entry(id_, payload) for id_, payload in zip(rest[::2], rest[1::2], strict=True) if payload
    )
    return Opening(state, reply[1], reply[2], reply[3], entries)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
