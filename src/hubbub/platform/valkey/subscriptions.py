"""Pub/sub: one connection a process, kept up and re-subscribed for as long as anybody listens."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hiredis

from hubbub.platform.valkey.dial import dial, pack
from hubbub.platform.valkey.families import Family
from hubbub.platform.valkey.link import INCOMPLETE, new_reader
from hubbub.platform.valkey.routing import Router

# A silent connection is asked for a sign of life; a dead one is noticed after at most two intervals.
PING_SECONDS = 0.5
RETRY_FIRST_SECONDS = 0.05
RETRY_LAST_SECONDS = 1.0
COMPLAIN_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Subscription:
    channel: str
    callback: Callable[[bytes], None]
    on_gap: Callable[[], None] | None
    _owner: "Subscriptions"
    _is_listening: "asyncio.Future[None] | None" = None

    @property
    def is_listening(self) -> bool:
        """False from the moment that a lost connection is noticed until the channel is listened to again."""
        return self._owner.is_confirmed(self.channel)

    async def close(self) -> None:
        """No call-backs after this. Closing twice is harmless."""
        self._owner.forget(self)


class Listener(asyncio.Protocol):
    """Hands each message to its owner as it arrives, without a task or a queue."""

    def __init__(self, on_reply: Callable[[Any], None]) -> None:
        self._on_reply = on_reply
        self._reader = new_reader()
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_silent = False

    def send(self, *args: str | bytes) -> None:
        if self._transport is not None:
            self._transport.write(pack(args))

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.is_silent = False
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not INCOMPLETE:
                self._on_reply(reply)
        except hiredis.ProtocolError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None  # which raises from now on, where others only do nothing
        if not self.lost.done():
            self.lost.set_result(None)


class Subscriptions:
    def __init__(self, router: Router, *, deadline_seconds: float) -> None:
        self._router = router
        self._deadline_seconds = deadline_seconds
        self._channels: dict[bytes, list[Subscription]] = {}
        self._families: dict[bytes, Family] = {}
        self._confirmed: set[bytes] = set()
        self._listener: Listener | None = None
        self._task: asyncio.Task[None] | None = None
        self._attempts = 0
        self._complained_at = float("-inf")

    async def subscribe(
        self, channel: str, callback: Callable[[bytes], None], *, on_gap: Callable[[], None] | None
    ) -> Subscription:
        loop = asyncio.get_running_loop()
        subscription = Subscription(channel, callback, on_gap, self)
        key = channel.encode()
        self._channels.setdefault(key, []).append(subscription)
        if key in self._confirmed:
            return subscription
        subscription._is_listening = listening = loop.create_future()
        if self._task is None:
            self._start()
        elif self._listener is not None and len(self._channels[key]) == 1:
            self._listener.send("SUBSCRIBE", channel)
        await asyncio.wait([listening], timeout=self._deadline_seconds)
        # Not awaited any more: from here on a late success means that messages may have been missed.
        subscription._is_listening = None
        return subscription

    def family(
        self, prefix: str, hear: Callable[[bytes, bytes], None], joined: Callable[[bytes], None]
    ) -> Family:
        """Raises ValueError for a prefix that is taken."""
        family = Family(prefix, hear, joined, self._send_for_family)
        if family.prefix in self._families:
            raise ValueError(f"the channels {prefix}:… are somebody's already")
        self._families[family.prefix] = family
        if self._task is None:
            self._start()
        return family

    def _send_for_family(self, command: str, channels: list[bytes]) -> None:
        """Without a connection nothing is lost: a new one subscribes to all that is wanted then."""
        if self._listener is not None:
            self._listener.send(command, *channels)

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep_listening())

    def is_confirmed(self, channel: str) -> bool:
        return channel.encode() in self._confirmed

    def forget(self, subscription: Subscription) -> None:
        key = subscription.channel.encode()
        listening = self._channels.get(key, [])
        if subscription not in listening:
            return
        listening.remove(subscription)
        if not listening:
            del self._channels[key]
            self._confirmed.discard(key)
            if self._listener is not None:
                self._listener.send("UNSUBSCRIBE", subscription.channel)

    async def close(self) -> None:
        self._channels.clear()
        self._families.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            await asyncio.sleep(0)

    async def _keep_listening(self) -> None:
        delay = RETRY_FIRST_SECONDS
        while True:
            try:
                await self._listen()
                delay = RETRY_FIRST_SECONDS
            except OSError as error:
                self._complain(error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_LAST_SECONDS)

    def _complain(self, error: OSError) -> None:
        """Now and then, for as long as it lasts."""
        now = asyncio.get_running_loop().time()
        if now - self._complained_at >= COMPLAIN_SECONDS:
            self._complained_at = now
            log.warning("valkey subscriptions: %s: %s", type(error).__name__, error)

    async def _listen(self) -> None:
        """Until the connection is lost. Any server of a cluster will do: it passes messages on to all."""
        nodes = self._router.primaries
        self._attempts += 1
        listener = await dial(nodes[self._attempts % len(nodes)].address, lambda: Listener(self._receive))
        try:
            for command in nodes[0].address.greeting:
                if command[0] == "AUTH":
                    listener.send(*command)
            for channels in (self._channels, *(family.channels for family in self._families.values())):
                if channels:
                    listener.send("SUBSCRIBE", *channels)
            self._listener = listener
            self._complained_at = float("-inf")
            await self._watch(listener)
        finally:
            self._listener = None
            self._confirmed.clear()
            listener.abort()

    async def _watch(self, listener: Listener) -> None:
        while not listener.lost.done():
            listener.is_silent = True
            listener.send("PING")
            await asyncio.wait([listener.lost], timeout=PING_SECONDS)
            if listener.is_silent:
                return

    def _receive(self, reply: Any) -> None:
        if isinstance(reply, hiredis.ReplyError):
            log.error("valkey subscriptions: %s", reply)
            if self._listener is not None:
                self._listener.abort()
            return
        if not isinstance(reply, list):
            return
        if reply[0] == b"message":
            family = self._family_of(reply[1])
            if family is not None:
                _run(family.hear, reply[1], reply[2])
                return
            for subscription in tuple(self._channels.get(reply[1], ())):
                _run(subscription.callback, reply[2])
        elif reply[0] == b"subscribe":
            family = self._family_of(reply[1])
            if family is not None:
                _run(family.joined, reply[1])
            elif reply[1] in self._channels:
                self._confirm(reply[1])

    def _family_of(self, channel: bytes) -> Family | None:
        return self._families.get(channel.partition(b":")[0])

    def _confirm(self, key: bytes) -> None:
        self._confirmed.add(key)
        for subscription in tuple(self._channels[key]):
            listening = subscription._is_listening
            if listening is not None:
                if not listening.done():
                    listening.set_result(None)
            elif subscription.on_gap is not None:
                _run(subscription.on_gap)


def _run(callback: Callable[..., None], *args: bytes) -> None:
    """One listener's mistake is not another's."""
    try:
        callback(*args)
    except Exception:
        log.exception("valkey subscriptions: a call-back failed")
