"""Who is connected to this process, and how each gets every event of its account once and in order.

An event reaches a process by publish and subscribe, which may lose it, and stands in the log, which may not.
So each account's last id is remembered, and whenever a message may have been missed the log is asked for what
came after it. A connection that begins collects what is published until it has replayed the log.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any

from hubbub.errors import TooMany, Unavailable
from hubbub.platform.live.frames import Frame
from hubbub.platform.live.log import (
    BEAT_SECONDS,
    Entry,
    LiveLog,
    Opening,
    Seat,
    channel_of,
    is_after,
    place_of,
    read_message,
)
from hubbub.platform.live.members import MOST_PENDING, RESETS, Member
from hubbub.platform.telemetry.metrics import counter, gauge
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable

log = logging.getLogger(__name__)

LISTEN_SECONDS = 1.0
# How often it is looked whether Valkey was emptied, which no lost connection tells of.
SENTINEL_SECONDS = 1.0
SENTINEL_TTL_MS = 3_600_000
RETRY_SECONDS = 0.5
AT_ONCE = 50

CONNECTED = gauge("hubbub_live_connections", "Live connections of this process that take events.")
FRAMES = counter("hubbub_live_frames_total", "Frames written to live connections, by type.", ["type"])
CATCH_UPS = counter("hubbub_live_catch_ups_total", "Accounts whose missed events were read from their log.")


class TooManyStreams(TooMany):
    code = "too_many_streams"
    message = "Too many live connections of this account are open; close one of them."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "10"})


class _Held:
    """An account that somebody is connected with.

    All of its members have, by replay or as it was published, every event up to `last`.
    """

    __slots__ = ("first", "is_stale", "last", "listening", "members", "opening", "waiting")

    def __init__(self, listening: "asyncio.Future[None]") -> None:
        self.members: tuple[Member, ...] = ()
        self.listening: asyncio.Future[None] | None = listening
        self.opening: asyncio.Future[None] | None = None
        """Set while the first member joins; others begin after it, so that none is behind `last`."""
        self.last: bytes | None = None
        self.first = b""
        """Of the log that `last` belongs to."""
        self.is_stale = False
        """Whether messages were missed while the first member joined, or too many came while the log was
        asked for others: nothing is taken before it has been asked again."""
        self.waiting: list[Entry] | None = None
        """What is published while the log is asked for what was missed."""


Judge = Callable[[int, Sequence[Entry]], Awaitable[Sequence[Entry]]]
Presence = Callable[[int, bool], None]


class Hub:
    """One per process. `judge` leaves out of a replay what the account may not see any more."""

    def __init__(self, valkey: Valkey, live_log: LiveLog, *, judge: Judge, on_presence: Presence) -> None:
        self._valkey = valkey
        self._log = live_log
        self._judge = judge
        self._on_presence = on_presence
        self._family = valkey.family("live", self._receive, self._joined)
        self._held: dict[bytes, _Held] = {}
        self._process = secrets.token_hex(4)
        self._numbers = 0
        self._count = 0
        self._unattached: set[Member] = set()
        self._behind: set[bytes] = set()
        self._catching_up: asyncio.Task[None] | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sentinel = f"hub:{self._process}"

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._watch()), asyncio.create_task(self._beat())]

    async def close(self) -> None:
        """Connections are closed by the server before this."""
        tasks = [*self._loops, *self._tasks, *([self._catching_up] if self._catching_up else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @property
    def count(self) -> int:
        return self._count

    def members_of(self, account_id: int) -> tuple[Member, ...]:
        held = self._held.get(_channel(account_id))
        return held.members if held is not None else ()

    def accounts(self) -> list[int]:
        return [held.members[0].account_id for held in self._held.values() if held.members]

    async def join(self, member: Member, *, after: bytes = b"") -> Opening:
        """Take a seat for a connection that is about to stand; then `member.start`, or `leave`.

        Raises TooManyStreams, or Unavailable while Valkey is away.
        """
        self._numbers += 1
        member.number = self._numbers
        held = self._hold(member)
        try:
            while held.opening is not None:
                await asyncio.wait([held.opening])
            opening = await (self._open_first if held.last is None else self._open)(held, member, after)
        except BaseException:
            self.leave(member)
            raise
        if opening.others == 0:
            self._on_presence(member.account_id, True)
        return opening

    async def _open_first(self, held: _Held, member: Member, after: bytes) -> Opening:
        held.opening = asyncio.get_running_loop().create_future()
        try:
            if held.listening is not None:
                await asyncio.wait([held.listening], timeout=LISTEN_SECONDS)
            if held.listening is not None:
                raise Unavailable("no subscription")
            opening = await self._open(held, member, after)
        finally:
            held.opening.set_result(None)
            held.opening = None
        if held.is_stale:
            held.is_stale = False
            self._fall_behind(_channel(member.account_id))
        return opening

    async def _open(self, held: _Held, member: Member, after: bytes) -> Opening:
        opening = await self._log.open(self._seat(member), after=after)
        if opening.state == "full":
            raise TooManyStreams(str(member.account_id))
        entries = opening.entries and await self._judge(member.account_id, opening.entries)
        last = member.replay([entry.frame for entry in entries], opening.newest)
        if held.last is None:
            held.last, held.first = last, opening.first
        elif held.first != opening.first:
            self._fall_behind(_channel(member.account_id))
        return opening

    def leave(self, member: Member) -> None:
        """The connection is gone. A second call changes nothing."""
        if self._let_go(member):
            self._spawn(self._say_left(member))

    # Publish and subscribe

    def _receive(self, channel: bytes, message: bytes) -> None:
        held = self._held.get(channel)
        if held is None:
            return
        entry, first = read_message(message)
        if entry.id and held.is_stale:
            return  # it stands in the log, behind what was missed
        if entry.id and held.last is not None and first != held.first:
            self._fall_behind(channel)
        if entry.id and held.waiting is not None:
            held.waiting.append(entry)
            if len(held.waiting) > MOST_PENDING:
                held.waiting.clear()
                held.is_stale = True
            return
        self._hand_out(held, entry)

    def _hand_out(self, held: _Held, entry: Entry) -> None:
        if entry.id and held.last is not None:
            if not is_after(entry.id, held.last):
                return
            held.last = entry.id
        frame = entry.frame
        FRAMES.labels(entry.type.decode()).inc(len(held.members))
        for member in held.members:
            member.take(frame)

    def _joined(self, channel: bytes) -> None:
        held = self._held.get(channel)
        if held is None:
            return
        if held.listening is not None:
            held.listening.set_result(None)
            held.listening = None
        else:
            self._fall_behind(channel)

    # What was missed

    def _fall_behind(self, channel: bytes) -> None:
        held = self._held[channel]
        if held.last is None:
            held.is_stale = True
            return
        held.waiting = held.waiting or []
        self._behind.add(channel)
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._behind:
                some = [self._behind.pop() for _ in range(min(AT_ONCE, len(self._behind)))]
                failed = [
                    channel for channel in await asyncio.gather(*map(self._try_to_catch_up, some)) if channel
                ]
                if failed:
                    self._behind.update(channel for channel in failed if channel in self._held)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._catching_up = None

    async def _try_to_catch_up(self, channel: bytes) -> bytes | None:
        """The channel, where it has to be tried again."""
        try:
            await self._catch_up_with(channel)
        except Unavailable:
            return channel
        except Exception:
            log.exception("live: catching up ended badly")
            return channel
        return None

    async def _catch_up_with(self, channel: bytes) -> None:
        held = self._held.get(channel)
        if held is None or held.last is None:
            return
        CATCH_UPS.inc()
        account_id = held.members[0].account_id
        opening = await self._log.catch_up(account_id, held.last, held.first)
        entries = opening.entries and await self._judge(account_id, opening.entries)
        if opening.state != "resumed":
            RESETS.labels("lost").inc()
            held.last, held.first = opening.newest, opening.first
            reset = Frame(b"reset", b"", opening.newest)
            for member in held.members:
                member.take(reset)
        for entry in entries:
            self._hand_out(held, entry)
        held.last = max(held.last, opening.newest, key=place_of)
        waiting, held.waiting = held.waiting or [], None
        for entry in waiting:
            self._hand_out(held, entry)
        if held.is_stale and self._held.get(channel) is held:
            held.is_stale = False
            self._fall_behind(channel)

    async def _watch(self) -> None:
        """An emptied Valkey closes no connection; a key that is gone tells of it."""
        is_known = False
        while True:
            try:
                is_new = await self._valkey.set(self._sentinel, 1, ttl_ms=SENTINEL_TTL_MS, if_absent=True)
                if is_new and is_known:
                    for channel, held in tuple(self._held.items()):
                        # Also whoever joined in the middle of it: half of what stands for them may be gone.
                        held.first = b""
                        self._fall_behind(channel)
                is_known = True
            except (ValkeyUnavailable, ValkeyRefused):
                pass
            await asyncio.sleep(SENTINEL_SECONDS)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._drop_unattached()
            try:
                await self._confirm()
            except Unavailable as error:
                log.info("live: devices not confirmed: %s", error)

    async def _confirm(self) -> None:
        for seats in self._seats():
            lost = {_channel(seat.account_id) for seat in await self._log.beat(seats)}
            for channel in lost & self._held.keys():
                self._fall_behind(channel)
            await asyncio.sleep(0)

    def _drop_unattached(self) -> None:
        """Seats taken for connections that never came to stand."""
        late = {member for held in self._held.values() for member in held.members if member.outlet is None}
        for member in late & self._unattached:
            self.leave(member)
        self._unattached = late

    def _seats(self) -> Iterator[list[Seat]]:
        members = [member for held in tuple(self._held.values()) for member in held.members]
        for start in range(0, len(members), 500):
            yield [self._seat(member) for member in members[start : start + 500]]

    # Who is here

    def _hold(self, member: Member) -> _Held:
        channel = _channel(member.account_id)
        held = self._held.get(channel)
        if held is None:
            held = self._held[channel] = _Held(asyncio.get_running_loop().create_future())
            self._family.add(channel)
        held.members = (*held.members, member)
        self._count += 1
        CONNECTED.set(self._count)
        return held

    def _let_go(self, member: Member) -> bool:
        channel = _channel(member.account_id)
        held = self._held.get(channel)
        if held is None or member not in held.members:
            return False
        held.members = tuple(each for each in held.members if each is not member)
        self._count -= 1
        CONNECTED.set(self._count)
        if not held.members:
            del self._held[channel]
            self._behind.discard(channel)
            self._family.discard(channel)
        return True

    async def _say_left(self, member: Member) -> None:
        try:
            if await self._log.leave(self._seat(member)) == 0:
                self._on_presence(member.account_id, False)
        except Unavailable:
            pass  # its seat is given up when nobody confirms it

    def _seat(self, member: Member) -> Seat:
        return Seat(member.account_id, f"{self._process}.{member.number}")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _channel(account_id: int) -> bytes:
    return channel_of(account_id).encode()
