"""Which server a command goes to: the only one, or in a cluster the primary that holds its key's slot."""

import asyncio
import logging
from typing import Any

import hiredis
from redis.crc import key_slot

from hubbub.platform.valkey.dial import Address, pack
from hubbub.platform.valkey.errors import ValkeyUnavailable
from hubbub.platform.valkey.node import Node

SLOTS = 16384
# A server that moves many slots would otherwise make us ask for the map with every reply.
REFRESH_SECONDS = 1.0
WITHOUT_KEY = frozenset(
    {"PING", "PUBLISH", "TIME", "INFO", "FUNCTION", "SCRIPT"}
    | {"CLUSTER", "CONFIG", "CLIENT", "DBSIZE", "FLUSHALL"}
)
COUNTS_ITS_KEYS = frozenset({"FCALL", "FCALL_RO", "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO"})
COUNTS_ITS_KEYS_FIRST = frozenset({"ZUNION", "ZINTER", "ZDIFF", "SINTERCARD", "LMPOP", "ZMPOP"})
NAMES_ITS_STREAMS = frozenset({"XREAD", "XREADGROUP"})

log = logging.getLogger(__name__)


def key_of(args: tuple[Any, ...]) -> Any | None:
    """The first key of a command, or None when any server may run it."""
    name = str(args[0]).upper()
    if name in WITHOUT_KEY:
        return None
    if name in COUNTS_ITS_KEYS:
        return args[3] if int(args[2]) > 0 else None
    if name in COUNTS_ITS_KEYS_FIRST:
        return args[2]
    if name in NAMES_ITS_STREAMS:
        return args[[str(arg).upper() for arg in args].index("STREAMS") + 1]
    return args[1] if len(args) > 1 else None


def slot_of(key: Any) -> int:
    return int(key_slot(key if isinstance(key, bytes) else str(key).encode()))


class Router:
    """A map of slots when the server is a cluster; it is learnt again whenever a reply shows it is old."""

    def __init__(self, address: Address, *, deadline_seconds: float) -> None:
        self._seed = Node(address, deadline_seconds=deadline_seconds)
        self._deadline_seconds = deadline_seconds
        self._nodes: dict[tuple[str, int], Node] = {(address.host, address.port): self._seed}
        self._slots: list[Node] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._refreshed_at = float("-inf")

    @property
    def is_cluster(self) -> bool:
        return self._slots is not None

    @property
    def nodes(self) -> list[Node]:
        return list(self._nodes.values())

    @property
    def primaries(self) -> list[Node]:
        return [self._seed] if self._slots is None else list(dict.fromkeys(self._slots))

    def node_for(self, args: tuple[Any, ...]) -> Node:
        if self._slots is None:
            return self._seed
        key = key_of(args)
        if key is None:
            return next((node for node in self.primaries if node.is_available), self._seed)
        node = self._slots[slot_of(key)]
        if not node.is_available:
            self.refresh_soon()
        return node

    def node_at(self, endpoint: str, *, asked: Node) -> Node:
        """The node named in a redirection; an empty host means that of the server that answered."""
        host, _, port = endpoint.rpartition(":")
        return self._node(host or asked.address.host, int(port))

    def moved(self, slot: int, node: Node) -> None:
        if self._slots is not None:
            self._slots[slot] = node
        self.refresh_soon()

    def refresh_soon(self) -> None:
        """Learn the map in the background, at most once a second."""
        loop = asyncio.get_running_loop()
        if self._refreshing is None and loop.time() - self._refreshed_at > REFRESH_SECONDS:
            self._refreshed_at = loop.time()
            self._refreshing = loop.create_task(self._refresh_quietly())

    async def refresh(self) -> None:
        """Ask the first server that answers. Raises ValkeyUnavailable when none does."""
        for node in sorted(self.nodes, key=lambda node: not node.is_available):
            try:
                shards = await node.call(pack(("CLUSTER", "SLOTS")))
            except ValkeyUnavailable:
                continue
            if isinstance(shards, list) and shards:
                await self._adopt(shards, asked=node)
                return
        raise ValkeyUnavailable("no server knows the cluster's slots")

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
        for node in self.nodes:
            await node.close()

    def _node(self, host: str, port: int) -> Node:
        node = self._nodes.get((host, port))
        if node is None:
            node = Node(self._seed.address.at(host, port), deadline_seconds=self._deadline_seconds)
            self._nodes[host, port] = node
        return node

    async def _adopt(self, shards: list[Any], *, asked: Node) -> None:
        slots = [asked] * SLOTS
        for first, last, primary, *_ in shards:
            host, port = primary[0], primary[1]
            known = (
                host.decode() if isinstance(host, bytes) and host not in (b"", b"?") else asked.address.host
            )
            slots[first : last + 1] = [self._node(known, port)] * (last + 1 - first)
        self._slots = slots
        kept = {id(node) for node in (self._seed, *self.primaries)}
        for endpoint, node in list(self._nodes.items()):
            if id(node) not in kept:
                del self._nodes[endpoint]
                await node.close()

    async def _refresh_quietly(self) -> None:
        try:
            await self.refresh()
        except ValkeyUnavailable as error:
            log.warning("valkey cluster map not refreshed: %s", error)
        finally:
            self._refreshing = None


def is_error(reply: Any) -> bool:
    return isinstance(reply, hiredis.ReplyError)
