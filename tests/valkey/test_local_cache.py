import asyncio
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.cache import ENTRY_BYTES, LocalCache


def new_cache(**options: float) -> LocalCache[str, bytes]:
    max_bytes = int(options.get("max_bytes", 1_000_000))
    return LocalCache(max_bytes=max_bytes, ttl_seconds=options.get("ttl_seconds", 60), size_of=len)


class Loader:
    """Loads when told to, and counts."""

    def __init__(self, value: bytes = b"loaded") -> None:
        self.value = value
        self.calls = 0
        self.may_finish = asyncio.Event()

    async def __call__(self, key: str) -> bytes:
        self.calls += 1
        value = self.value
        await self.may_finish.wait()
        return value


async def started(loader: Loader, cache: LocalCache[str, bytes], count: int) -> list[asyncio.Task[bytes]]:
    tasks = [asyncio.create_task(cache.get_or_load("k", loader)) for _ in range(count)]
    while loader.calls == 0:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return tasks


async def test_concurrent_misses_load_once() -> None:
    cache, loader = new_cache(), Loader()
    tasks = await started(loader, cache, 50)

    loader.may_finish.set()

    assert await asyncio.gather(*tasks) == [b"loaded"] * 50
    assert loader.calls == 1
    assert cache.get("k") == b"loaded"


async def test_a_failing_loader_fails_all_who_wait_and_keeps_nothing() -> None:
    cache, calls = new_cache(), []

    async def fail(key: str) -> bytes:
        calls.append(key)
        await asyncio.sleep(0)
        raise RuntimeError("no")

    results = await asyncio.gather(*(cache.get_or_load("k", fail) for _ in range(5)), return_exceptions=True)

    assert [type(result) for result in results] == [RuntimeError] * 5
    assert len(calls) == 1
    assert len(cache) == 0
    with pytest.raises(RuntimeError):
        await cache.get_or_load("k", fail)
    assert len(calls) == 2


@pytest.mark.parametrize("forget", ["invalidate", "clear"])
async def test_an_invalidation_during_a_load_leaves_no_stale_value(forget: str) -> None:
    cache, stale, fresh = new_cache(), Loader(b"stale"), Loader(b"fresh")
    [early] = await started(stale, cache, 1)

    cache.invalidate("k") if forget == "invalidate" else cache.clear()
    [late] = await started(fresh, cache, 1)
    fresh.may_finish.set()
    assert await late == b"fresh"
    stale.may_finish.set()
    await early

    assert cache.get("k") == b"fresh"


async def test_a_cancelled_caller_does_not_cancel_the_load_of_others() -> None:
    cache, loader = new_cache(), Loader()
    first, second = await started(loader, cache, 2)

    first.cancel()
    loader.may_finish.set()

    assert await second == b"loaded"
    assert loader.calls == 1


async def test_an_entry_expires() -> None:
    now = 0.0
    cache: LocalCache[str, bytes] = LocalCache(
        max_bytes=10_000, ttl_seconds=5, size_of=len, clock=lambda: now
    )
    cache.put("k", b"v")
    now = 4.9
    assert cache.get("k") == b"v"

    now = 5.0

    assert cache.get("k") is None
    assert cache.bytes_held == 0


async def test_the_least_recently_used_entry_leaves_first() -> None:
    cache = new_cache(max_bytes=3 * (ENTRY_BYTES + 1))
    for key in "abc":
        cache.put(key, b"x")
    cache.get("a")

    cache.put("d", b"x")

    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


async def test_a_value_larger_than_the_cache_is_not_kept() -> None:
    cache = new_cache(max_bytes=1000)
    cache.put("k", b"x")

    cache.put("k", b"x" * 2000)

    assert cache.get("k") is None
    assert cache.bytes_held == 0


async def test_many_keys_are_loaded_in_one_call_for_what_is_not_held_or_under_way() -> None:
    cache, asked, gate = new_cache(), [], asyncio.Event()
    cache.put("a", b"A")

    async def load(keys: Collection[str]) -> dict[str, bytes]:
        asked.append(sorted(keys))
        await gate.wait()
        return {key: key.upper().encode() for key in keys if key != "nobody"}

    first = asyncio.create_task(cache.get_or_load_many(["a", "b", "c"], load))
    second = asyncio.create_task(cache.get_or_load_many(["b", "c", "d", "nobody", "d"], load))
    while len(asked) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    gate.set()

    assert await first == {"a": b"A", "b": b"B", "c": b"C"}
    assert await second == {"b": b"B", "c": b"C", "d": b"D"}
    assert asked == [["b", "c"], ["d", "nobody"]]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 800), st.booleans()), max_size=60))
def test_the_bytes_held_are_those_of_the_entries_and_within_bounds(
    steps: list[tuple[str, int, bool]],
) -> None:
    cache = new_cache(max_bytes=2000)

    for key, size, is_invalidated in steps:
        cache.put(key, b"x" * size)
        if is_invalidated:
            cache.invalidate(key)
        held = [value for name in "abcdef" if (value := cache.get(name)) is not None]
        assert cache.bytes_held == sum(len(value) + ENTRY_BYTES for value in held) <= 2000


async def test_what_was_loaded_but_not_kept_is_dropped_too() -> None:
    dropped: list[bytes] = []
    cache: LocalCache[str, bytes] = LocalCache(
        max_bytes=1000, ttl_seconds=60, size_of=len, on_drop=dropped.append
    )
    stale = Loader(b"stale")
    [early] = await started(stale, cache, 1)
    cache.invalidate("k")
    stale.may_finish.set()
    await early
    assert dropped == [b"stale"]

    cache.put("k", b"x" * 2000)
    assert dropped == [b"stale", b"x" * 2000]


async def test_what_nobody_asks_for_again_leaves_soon_after_it_has_expired() -> None:
    now = 0.0
    cache: LocalCache[int, bytes] = LocalCache(
        max_bytes=1_000_000, ttl_seconds=5, size_of=len, clock=lambda: now
    )
    for key in range(100):
        cache.put(key, b"x")
    now = 6.0

    for key in range(100, 160):
        cache.put(key, b"x")

    assert len(cache) == 60
