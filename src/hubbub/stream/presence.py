"""Who is connected, told to those who may see it.

An account is online while any device of it is connected to any process. The process where its first device
comes or its last one goes says so to all processes; what nobody says, because a process died, is found by
looking now and then at the accounts that are watched here.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubbub.errors import Unavailable
from hubbub.platform.http import show_time
from hubbub.platform.live import Frame, LiveLog
from hubbub.platform.services import Services
from hubbub.platform.valkey import Subscription, Valkey, ValkeyRefused, ValkeyUnavailable
from hubbub.stream.presence_rule import select_seeing, select_seen
from hubbub.stream.server_frames import Presence, Unsubscribed, frame
from hubbub.stream.streams import Stream

log = logging.getLogger(__name__)

CHANNEL = "presence"
# Whoever is back within this long has not been away.
GRACE_SECONDS = 10.0
LOOK_SECONDS = 30.0
RETRY_SECONDS = 1.0
CHUNK = 200
SEEN_TTL_MS = 30 * 86_400_000


class _Moved(msgspec.Struct, frozen=True, array_like=True):
    account_id: int
    is_online: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Moved).decode


class PresenceTopics:
    """One per process."""

    def __init__(self, services: Services, live_log: LiveLog, topics_of: Callable[[int], set[str]]) -> None:
        """`topics_of` an account: all that its streams in this process have subscribed to."""
        self._services = services
        self._log = live_log
        self._topics_of = topics_of
        self._watchers: dict[int, set[Stream]] = {}
        self._told: dict[int, bool] = {}
        self._leaving: deque[tuple[float, int]] = deque()
        self._leaving_timer: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None
        self._moved: dict[int, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_telling = False
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        self._subscription = await self._services.valkey.subscribe(
            CHANNEL, self._receive, on_gap=self._look_at_all
        )
        changes = self._services.changes
        changes.on("relations", hear=self._hear_change)
        changes.on("presence", hear=self._hear_change, on_gap=self._look_at_all)
        changes.on("account", hear=self._hear_change)

    # Devices come and go

    def device_moved(self, account_id: int, is_online: bool) -> None:
        """The account's first device has come, or its last one has gone, here."""
        if is_online:
            self._spawn(self._publish(account_id, is_online=True))
            return
        loop = asyncio.get_running_loop()
        self._leaving.append((loop.time() + GRACE_SECONDS, account_id))
        if self._leaving_timer is None:
            self._leaving_timer = loop.call_later(GRACE_SECONDS, self._let_go)

    def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        gone = []
        while self._leaving and self._leaving[0][0] <= loop.time() + 0.05:
            gone.append(self._leaving.popleft()[1])
        self._leaving_timer = None
        if self._leaving:
            self._leaving_timer = loop.call_at(self._leaving[0][0], self._let_go)
        self._spawn(self._say_gone(gone))

    async def _say_gone(self, account_ids: Sequence[int]) -> None:
        connected = await self._log.connected(account_ids)
        gone = [account_id for account_id in account_ids if account_id not in connected]
        for start in range(0, len(gone), CHUNK):
            await asyncio.gather(*map(self._say_one_gone, gone[start : start + CHUNK]))

    async def _say_one_gone(self, account_id: int) -> None:
        seen_at = str(int((time.time() - GRACE_SECONDS) * 1000))
        await self._services.valkey.set(_seen_key(account_id), seen_at, ttl_ms=SEEN_TTL_MS)
        await self._publish(account_id, is_online=False)

    async def _publish(self, account_id: int, *, is_online: bool) -> None:
        await self._services.valkey.publish(CHANNEL, _encode(_Moved(account_id, is_online)))

    # Streams come and go

    async def subscribe(self, stream: Stream, account_ids: Sequence[int]) -> list[int]:
        """Which of the accounts are watched from now on: those whose presence the stream's may see."""
        for account_id in account_ids:
            self._watchers.setdefault(account_id, set()).add(stream)
        try:
            async with self._services.db.connection() as tx:
                seen = await select_seen(tx, viewer_id=stream.account_id, account_ids=account_ids)
        except BaseException:
            self.unsubscribe(stream, account_ids)
            raise
        self.unsubscribe(stream, account_ids if stream.is_closed else set(account_ids) - seen)
        if self._look_timer is None and self._watchers:
            self._look_timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look_again)
        return [id_ for id_ in account_ids if id_ in seen]

    async def send_states(self, stream: Stream, account_ids: Sequence[int]) -> None:
        """As they are now, for a stream that has just subscribed."""
        for presence in await self.load(account_ids):
            account_id = int(presence.account_id)
            if stream in self._watchers.get(account_id, ()):
                self._told.setdefault(account_id, presence.state == "online")
                stream.send(frame("presence", presence))

    def unsubscribe(self, stream: Stream, account_ids: Iterable[int]) -> None:
        for account_id in account_ids:
            watchers = self._watchers.get(account_id, set())
            watchers.discard(stream)
            if not watchers:
                self._watchers.pop(account_id, None)
                self._told.pop(account_id, None)

    async def load(self, account_ids: Sequence[int]) -> list[Presence]:
        """Of these, whoever may see it. Raises Unavailable."""
        connected = await self._log.connected(account_ids)
        away = [account_id for account_id in account_ids if account_id not in connected]
        try:
            seen = await self._services.valkey.mget([_seen_key(account_id) for account_id in away])
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error
        seen_at = dict(zip(away, seen, strict=True))
        return [_presence(id_, id_ in connected, seen_at.get(id_)) for id_ in account_ids]

    # What is heard

    def _receive(self, message: bytes) -> None:
        try:
            moved = _decode(message)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            log.warning("an unreadable message on %s", CHANNEL)
            return
        if moved.account_id in self._watchers and self._told.get(moved.account_id) != moved.is_online:
            self._tell_soon([moved.account_id])

    def _hear_change(self, account_ids: Collection[int]) -> None:
        """Whoever watches one of these, or is one of these, may not see it any more."""
        if not self._watchers:
            return
        watched = {target for id_ in account_ids for target in _targets(self._topics_of(id_))}
        self._tell_soon((watched | set(account_ids)) & self._watchers.keys(), has_to_judge=True)

    def _look_at_all(self) -> None:
        """Those that changed are told, and whoever is told is judged first."""
        self._tell_soon(self._watchers)

    def _look_again(self) -> None:
        self._look_timer = None
        if self._watchers:
            self._look_timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look_again)
            self._look_at_all()

    # Telling

    def _tell_soon(self, account_ids: Iterable[int], *, has_to_judge: bool = False) -> None:
        for account_id in account_ids:
            self._moved[account_id] = has_to_judge or self._moved.get(account_id, False)
        if self._moved and not self._is_telling:
            self._is_telling = True
            self._spawn(self._tell())

    async def _tell(self) -> None:
        try:
            while self._moved:
                some, self._moved = self._moved, {}
                try:
                    await self._tell_of(some)
                except Unavailable as error:
                    log.info("presence not told: %s", error)
                    for account_id, has_to_judge in some.items():
                        self._tell_soon([account_id], has_to_judge=has_to_judge)
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._is_telling = False

    async def _tell_of(self, moved: Mapping[int, bool]) -> None:
        for account_id in [id_ for id_, has_to_judge in moved.items() if has_to_judge]:
            await self._keep_permitted(account_id)
        for presence in await self.load(list(moved)):
            account_id, is_online = int(presence.account_id), presence.state == "online"
            if self._told.get(account_id) == is_online:
                continue
            seeing = await self._keep_permitted(account_id)
            if account_id in self._watchers and self._told.get(account_id) != is_online:
                self._told[account_id] = is_online
                self._send(account_id, frame("presence", presence), seeing)

    async def _keep_permitted(self, account_id: int) -> set[int]:
        """Those accounts among the watchers that may see it. Who asks to watch meanwhile is not among them,
        and is told how it is once judged."""
        streams = self._watchers.get(account_id, set())
        viewers = {stream.account_id for stream in streams}
        if not viewers:
            return set()
        async with self._services.db.connection() as tx:
            seeing = await select_seeing(tx, account_id=account_id, viewer_ids=viewers)
        for stream in [each for each in streams if each.account_id in viewers - seeing]:
            self.unsubscribe(stream, [account_id])
            topic = f"presence:{account_id}"
            if stream.topics is not None:
                stream.topics.discard(topic)
            stream.send(frame("unsubscribed", Unsubscribed(topics=(topic,), reason="forbidden")))
        return seeing

    def _send(self, account_id: int, told: Frame, seeing: Collection[int]) -> None:
        for stream in tuple(self._watchers.get(account_id, ())):
            if stream.account_id in seeing:
                stream.send(told)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, (Unavailable, ValkeyUnavailable, ValkeyRefused)):
            log.info("presence not said: %s", error)
        else:
            log.error("presence ended badly", exc_info=error)


def _presence(account_id: int, is_online: bool, seen: bytes | None) -> Presence:
    if is_online:
        return Presence(account_id=str(account_id), state="online")
    seen_at = show_time(datetime.fromtimestamp(int(seen) / 1000, UTC)) if seen else None
    return Presence(account_id=str(account_id), state="offline", last_seen_at=seen_at)


def _targets(topics: Iterable[str]) -> Iterator[int]:
    for topic in topics:
        kind, _, id_ = topic.partition(":")
        if kind == "presence":
            yield int(id_)


async def forget_seen(valkey: Valkey, account_ids: Iterable[int]) -> None:
    """When these were connected last. Raises Unavailable."""
    try:
        await valkey.delete(*map(_seen_key, account_ids))
    except (ValkeyUnavailable, ValkeyRefused) as error:
        raise Unavailable(str(error)) from error


def _seen_key(account_id: int) -> str:
    return f"seen:{{{account_id}}}"
