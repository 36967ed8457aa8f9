"""An in-process cache: bounded in bytes, entries expire, concurrent misses for one key load it once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from itertools import islice
from typing import Generic, TypeVar

from hubbub.platform.telemetry.metrics import Counts

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What an entry costs beside its value: tracemalloc over 100,000 entries with keys of 20 letters says 248.
ENTRY_BYTES = 250
LOOKUPS = Counts(
    "hubbub_cache_lookups_total", "What was sought in caches of the process.", ["cache", "outcome"]
)


class LocalCache(Generic[K, V]):
    """Least recently used entries leave first.

    An invalidation during a load wins: whoever waits gets what was loaded, but it is not kept, and
    whoever asks later loads anew. A loader that fails fails all who wait for it, and nothing is kept.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        ttl_seconds: float,
        size_of: Callable[[V], int],
        clock: Callable[[], float] = time.monotonic,
        on_drop: Callable[[V], None] | None = None,
        name: str = "",
    ) -> None:
        """`on_drop` is called with each value that leaves, or that was loaded and not kept: for whoever
        still holds what was made of it. `name` is that of the cache in the metrics.
        """
        self._name = name
        self._max_bytes = max_bytes
        self._ttl_seconds = ttl_seconds
        self._size_of = size_of
        self._clock = clock
        self._on_drop = on_drop
        self._entries: OrderedDict[K, tuple[V, float, int]] = OrderedDict()
        self._loading: dict[K, asyncio.Future[dict[K, V]]] = {}
        self.bytes_held = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def is_loading(self, key: K) -> bool:
        return key in self._loading

    def put(self, key: K, value: V) -> None:
        """Keep a value; one larger than the whole cache is not kept."""
        self._remove(key)
        size = self._size_of(value) + ENTRY_BYTES
        if size > self._max_bytes:
            self._drop(value)
            return
        self._remove_expired()
        self._entries[key] = (value, self._clock() + self._ttl_seconds, size)
        self.bytes_held += size
        while self.bytes_held > self._max_bytes:
            self._remove(next(iter(self._entries)))

    def invalidate(self, key: K) -> None:
        self._loading.pop(key, None)
        self._remove(key)

    def clear(self) -> None:
        """Forget everything, loads under way included: for when invalidations may have been missed."""
        self._loading.clear()
        for key in list(self._entries):
            self._remove(key)

    async def get_or_load(self, key: K, loader: Callable[[K], Awaitable[V]]) -> V:
        held = self.get(key)
        if held is not None:
            return held

        async def load(keys: Collection[K]) -> Mapping[K, V]:
            return {key: await loader(key)}

        return (await self.get_or_load_many([key], load))[key]

    async def get_or_load_many(
        self, keys: Collection[K], loader: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
    ) -> dict[K, V]:
        """What is held, and in one call of `loader` the rest; keys that it does not know are left out."""
        found: dict[K, V] = {}
        missing: list[K] = []
        loads: dict[K, asyncio.Future[dict[K, V]]] = {}
        entries, now = self._entries, self._clock()
        for key in keys:
            entry = entries.get(key)
            if entry is not None and entry[1] > now:
                entries.move_to_end(key)
                found[key] = entry[0]
            elif key in self._loading:
                loads[key] = self._loading[key]
            elif key not in missing:
                missing.append(key)
        if self._name:
            LOOKUPS.add(self._name, "found", amount=len(found))
            LOOKUPS.add(self._name, "missing", amount=len(missing) + len(loads))
        if missing:
            load = self._start(missing, loader)
            loads.update(dict.fromkeys(missing, load))
        for key, load in loads.items():
            # Shielded: the load belongs to all who wait for it, also when this caller is cancelled.
            loaded = await asyncio.shield(load)
            if key in loaded:
                found[key] = loaded[key]
        return found

    def _start(
        self, keys: list[K], loader: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
    ) -> "asyncio.Future[dict[K, V]]":
        load = asyncio.ensure_future(self._load(keys, loader))
        self._loading.update(dict.fromkeys(keys, load))
        load.add_done_callback(lambda done: self._ended(keys, done))
        return load

    async def _load(
        self, keys: list[K], loader: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
    ) -> dict[K, V]:
        this = asyncio.current_task()
        loaded = dict(await loader(keys))
        for key, value in loaded.items():
            if self._loading.get(key) is this:
                self.put(key, value)
            else:
                self._drop(value)
        return loaded

    def _ended(self, keys: list[K], load: "asyncio.Future[dict[K, V]]") -> None:
        for key in keys:
            if self._loading.get(key) is load:
                del self._loading[key]
        if not load.cancelled():
            load.exception()  # seen, even when everybody who waited is gone

    def _remove(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes_held -= entry[2]
            self._drop(entry[0])

    def _remove_expired(self) -> None:
        """Two at most, the least recently used: so nothing stays for long that nobody asks for again."""
        for key in list(islice(self._entries, 2)):
            if self._entries[key][1] <= self._clock():
                self._remove(key)

    def _drop(self, value: V) -> None:
        if self._on_drop is not None:
            self._on_drop(value)
