"""What committed transactions have changed, spread before whoever made the change is answered.

A verb says `note_change(topic, id)` inside its transaction. After the commit, and before the caller goes
on, caches of this process forget it, what stands in Valkey is taken back, and other processes are told,
all in one round trip. What Valkey does not take is tried again until it does. A process that dies in between
leaves it to the outbox, whose `deliver` reactors say the same once more (`spread_again`).
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

import msgspec

from hubbub.errors import Unavailable
from hubbub.platform.valkey import Subscription, Valkey, ValkeyRefused, ValkeyUnavailable

log = logging.getLogger(__name__)

CHANNEL = "changes"
RETRY_SECONDS = 1.0
# Changes of a topic that wait for Valkey. With more, caches that missed one find out when they expire.
MOST_LEFT = 10_000
Hear: TypeAlias = Callable[[Collection[int]], None]
Spread: TypeAlias = Callable[[Collection[int]], Awaitable[object]]
Noted: TypeAlias = Mapping[str, Collection[int]]


class _Message(msgspec.Struct, frozen=True, array_like=True):
    sender: str
    noted: dict[str, list[int]]


_decode = msgspec.msgpack.Decoder(_Message).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class _Listeners:
    hear: list[Hear] = field(default_factory=list)
    hear_from_others: list[Hear] = field(default_factory=list)
    spread: list[Spread] = field(default_factory=list)


class Changes:
    """One per process. Slices register in their starters what is to be done about a topic."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._topics: dict[str, _Listeners] = {}
        self._on_gap: list[Callable[[], None]] = []
        self._sender = secrets.token_hex(4)
        self._subscription: Subscription | None = None
        self._left: dict[str, set[int]] = {}
        self._retrying: asyncio.Task[None] | None = None

    @property
    def is_listening(self) -> bool:
        """False while changes made elsewhere may be missed: then nothing cached in the process counts."""
        return self._subscription is not None and self._subscription.is_listening

    async def start(self) -> None:
        self._subscription = await self._valkey.subscribe(CHANNEL, self._receive, on_gap=self._forget_all)

    async def close(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.wait([self._retrying])

    def on(
        self,
        topic: str,
        *,
        hear: Hear | None = None,
        hear_from_others: Hear | None = None,
        spread: Spread | None = None,
        on_gap: Callable[[], None] | None = None,
    ) -> None:
        """`hear` runs here at once and in every other process; `spread` once, here, and may use Valkey.

        `hear_from_others` runs in the other processes instead of `hear`. `on_gap` is called when messages
        may have been missed.
        """
        listeners = self._topics.setdefault(topic, _Listeners())
        if hear is not None:
            listeners.hear.append(hear)
            listeners.hear_from_others.append(hear_from_others or hear)
        if spread is not None:
            listeners.spread.append(spread)
        if on_gap is not None:
            self._on_gap.append(on_gap)

    async def spread(self, noted: Noted) -> None:
        """After a commit. What Valkey misses now is spread later."""
        try:
            await self.spread_again(noted)
        except Unavailable as error:
            self._leave(noted)
            if self._retrying is None:
                log.warning("changes not spread yet: %s", error)
                self._retrying = asyncio.get_running_loop().create_task(self._spread_left())
                self._retrying.add_done_callback(self._end_retrying)

    async def spread_again(self, noted: Noted) -> None:
        """Idempotent. Raises Unavailable when Valkey did not take all of it."""
        self._hear(noted)
        heard = {
            topic: list(ids)
            for topic, ids in noted.items()
            if topic in self._topics and self._topics[topic].hear
        }
        works = [
            spread(ids)
            for topic, ids in noted.items()
            if topic in self._topics
            for spread in self._topics[topic].spread
        ]
        if heard:
            works.append(self._valkey.publish(CHANNEL, _encode(_Message(self._sender, heard))))
        await _all(works)

    def _leave(self, noted: Noted) -> None:
        for topic, ids in noted.items():
            left = self._left.setdefault(topic, set())
            left.update(islice(ids, max(MOST_LEFT - len(left), 0)))

    async def _spread_left(self) -> None:
        while self._left:
            await asyncio.sleep(RETRY_SECONDS)
            left, self._left = self._left, {}
            try:
                await self.spread_again(left)
            except Unavailable:
                self._leave(left)

    def _end_retrying(self, task: "asyncio.Task[None]") -> None:
        self._retrying = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("spreading changes later ended badly", exc_info=error)

    def _hear(self, noted: Noted, *, is_from_others: bool = False) -> None:
        for topic, ids in noted.items():
            listeners = self._topics.get(topic)
            if listeners is not None:
                for hear in listeners.hear_from_others if is_from_others else listeners.hear:
                    hear(ids)

    def _receive(self, payload: bytes) -> None:
        try:
            message = _decode(payload)
        except msgspec.MsgspecError:
            log.warning("an unreadable message on %s", CHANNEL)
            self._forget_all()
            return
        if message.sender != self._sender:
            self._hear(message.noted, is_from_others=True)

    def _forget_all(self) -> None:
        for forget in self._on_gap:
            forget()


async def _all(works: Iterable[Awaitable[object]]) -> None:
    """Every one is tried; then the first failure is raised."""
    results = await asyncio.gather(*works, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        if not isinstance(failure, (ValkeyUnavailable, ValkeyRefused, Unavailable)):
            raise failure
    if failures:
        raise Unavailable(str(failures[0])) from failures[0]
