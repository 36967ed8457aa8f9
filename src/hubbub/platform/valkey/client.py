"""The typed face of Valkey that the rest of Hubbub uses."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import hiredis

from hubbub.platform.valkey.dial import pack, read_address
from hubbub.platform.valkey.errors import ValkeyRefused, ValkeyUnavailable
from hubbub.platform.valkey.families import Family
from hubbub.platform.valkey.library import Library
from hubbub.platform.valkey.node import Node
from hubbub.platform.valkey.routing import Router, is_error, slot_of
from hubbub.platform.valkey.sent import Sent
from hubbub.platform.valkey.subscriptions import Subscription, Subscriptions

Value: TypeAlias = bytes | str | int | float
T = TypeVar("T")

DEADLINE_SECONDS = 0.1
REDIRECTS = 3
# "Not now": the data set is loading, full, failing over, or busy. All pass; none is the caller's mistake.
PASSING = frozenset(
    {"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY"}
    | {"OOM", "NOREPLICAS", "MISCONF", "CROSSSLOT", "MOVED", "ASK"}
)
FUNCTION_MISSING = "Function not found"

log = logging.getLogger(__name__)


class Valkey:
    """Every method ends by the deadline and raises ValkeyUnavailable when no good answer came by then.

    A command that was not answered may still have taken effect. Cancelling one caller leaves the
    others of its batch alone. Do not send commands that block the server or the connection.
    """

    def __init__(self, router: Router, subscriptions: Subscriptions) -> None:
        self._router = router
        self._subscriptions = subscriptions
        self._library = Library(router)

    @property
    def round_trips(self) -> int:
        """Batches written so far; calls of the same turn of the event loop share one."""
        return sum(node.round_trips for node in self._router.nodes)

    @property
    def is_available(self) -> bool:
        """False while a circuit is open: calls would fail at once."""
        return all(node.is_available for node in self._router.primaries)

    def slot(self, key: str | bytes) -> int:
        """Keys with the same number may share one command; without a cluster all do."""
        return slot_of(key) if self._router.is_cluster else 0

    async def command(self, *args: Value) -> Any:
        """Any command with one key, or keys of one slot. Raises ValkeyRefused on an error of the caller."""
        node = self._router.node_for(args)
        reply = await node.call(hiredis.pack_command(args))  # type: ignore[arg-type]
        if isinstance(reply, hiredis.ReplyError):
            return await self.try_again(args, node, str(reply))
        return reply

    def send(self, *args: Value, read: Callable[[Any], T]) -> Sent[T]:
        """The same, on its way in this turn of the event loop, to be awaited whenever the caller likes.

        `read` makes the result from the reply. Nothing is raised before the await.
        """
        node = self._router.node_for(args)
        try:
            future = node.call(hiredis.pack_command(args))  # type: ignore[arg-type]
        except ValkeyUnavailable as error:
            future = asyncio.get_running_loop().create_future()
            # Its frames lead back to the future, and in a ring anyone may be deleted first.
            future.set_exception(error.with_traceback(None))
        return Sent(self, node, args, future, read)

    async def ping(self) -> None:
        await self.command("PING")

    async def get(self, key: str) -> bytes | None:
        value: bytes | None = await self.command("GET", key)
        return value

    async def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        """Values in the order of the keys."""
        if not self._router.is_cluster:
            values: list[bytes | None] = await self.command("MGET", *keys) if keys else []
            return values
        groups = self._by_slot(keys)
        replies = await asyncio.gather(*(self.command("MGET", *group) for group in groups))
        found = {
            key: value
            for group, reply in zip(groups, replies, strict=True)
            for key, value in zip(group, reply, strict=True)
        }
        return [found[key] for key in keys]

    async def set(
        self, key: str, value: Value, *, ttl_ms: int | None = None, if_absent: bool = False
    ) -> bool:
        """False when `if_absent` was asked for and the key is there."""
        args: list[Value] = ["SET", key, value]
        if ttl_ms is not None:
            args += ["PX", ttl_ms]
        if if_absent:
            args.append("NX")
        return await self.command(*args) is not None

    async def delete(self, *keys: str) -> int:
        """How many of the keys were there."""
        if not keys:
            return 0
        counts = await asyncio.gather(*(self.command("UNLINK", *group) for group in self._by_slot(keys)))
        return sum(counts)

    async def publish(self, channel: str, payload: Value) -> int:
        """How many subscribers of the answering server got it."""
        count: int = await self.command("PUBLISH", channel, payload)
        return count

    async def fcall(self, name: str, keys: Sequence[Value], args: Sequence[Value] = ()) -> Any:
        """Call a function of hubbub.lua, loading it anew if Valkey lost it. The keys must be in one slot."""
        return await self.command("FCALL", name, len(keys), *keys, *args)

    async def subscribe(
        self,
        channel: str,
        callback: Callable[[bytes], None],
        *,
        on_gap: Callable[[], None] | None = None,
    ) -> Subscription:
        """Call `callback` with each message until the subscription is closed, over reconnects.

        `on_gap` is called once the channel is listened to again after messages may have been missed.
        Returns within the deadline, also without Valkey: then the first success is a gap too.
        """
        return await self._subscriptions.subscribe(channel, callback, on_gap=on_gap)

    def family(
        self, prefix: str, hear: Callable[[bytes, bytes], None], joined: Callable[[bytes], None]
    ) -> Family:
        """Channels `prefix:…` that are added and dropped by the thousand; see there."""
        return self._subscriptions.family(prefix, hear, joined)

    async def load_functions(self) -> None:
        await self._library.load()

    async def close(self) -> None:
        await self._subscriptions.close()
        await self._library.close()
        await self._router.close()

    def _by_slot(self, keys: Sequence[str]) -> list[list[str]]:
        groups: dict[int, list[str]] = {}
        for key in keys:
            groups.setdefault(self.slot(key), []).append(key)
        return list(groups.values())

    async def try_again(self, args: tuple[Value, ...], node: Node, error: str) -> Any:
        """Follow redirections, reload lost functions once, and tell passing states from mistakes."""
        packed, has_reloaded = pack(args), False
        for _ in range(REDIRECTS):
            code, _, rest = error.partition(" ")
            if code == "MOVED":
                slot, _, endpoint = rest.partition(" ")
                node = self._router.node_at(endpoint, asked=node)
                self._router.moved(int(slot), node)
                reply = await node.call(packed)
            elif code == "ASK":
                node = self._router.node_at(rest.partition(" ")[2], asked=node)
                asking = node.call(pack(("ASKING",)))
                reply = await node.call(packed)
                await asking
            elif FUNCTION_MISSING in error and not has_reloaded:
                has_reloaded = True
                await self._library.load()
                reply = await node.call(packed)
            else:
                break
            if not is_error(reply):
                return reply
            error = str(reply)
        raise self._failure(node, error)

    def _failure(self, node: Node, error: str) -> Exception:
        code = error.partition(" ")[0]
        if code == "READONLY":
            node.drop("not a primary any more")
        if code in ("READONLY", "CROSSSLOT", "CLUSTERDOWN"):
            self._router.refresh_soon()
        return (ValkeyUnavailable if code in PASSING else ValkeyRefused)(f"{node.address!r}: {error}")


async def open_valkey(url: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> Valkey:
    """Connect, learn the cluster if it is one, load our functions.

    A server that does not answer is no reason to fail: calls raise ValkeyUnavailable until it does.
    Raises BadValkeyUrl on a wrong URL and ValkeyRefused when the server does not let us in.
    """
    address = read_address(url)
    router = Router(address, deadline_seconds=deadline_seconds)
    valkey = Valkey(router, Subscriptions(router, deadline_seconds=deadline_seconds))
    seed = router.primaries[0]
    try:
        await seed.connect()
        if b"cluster_enabled:1" in await valkey.command("INFO", "cluster"):
            await router.refresh()
        await valkey.load_functions()
    except ValkeyUnavailable as error:
        log.warning("valkey: %s", error)
        if not await _answers(valkey):
            seed.open_circuit()
    except BaseException:
        await valkey.close()
        raise
    return valkey


async def _answers(valkey: Valkey) -> bool:
    try:
        await valkey.ping()
    except ValkeyUnavailable:
        return False
    return True
