import pytest

from hubbub.platform.kept import keep, read_kept, take_back
from hubbub.platform.valkey import Valkey, ValkeyUnavailable, open_valkey
from tests.valkey.server import Server


async def test_what_is_kept_is_read_until_it_is_taken_back(valkey: Valkey) -> None:
    await keep(valkey, {"a": b"one", "b": b""}, ttl_ms=60_000)
    assert await read_kept(valkey, ["b", "a", "c"]) == [None, b"one", None]

    await take_back(valkey, ["a"])
    assert await read_kept(valkey, ["a"]) == [None]


async def test_what_was_there_before_is_not_overwritten(valkey: Valkey) -> None:
    """Neither by a second reader, nor by one that read before the change."""
    await keep(valkey, {"a": b"one"}, ttl_ms=60_000)
    await keep(valkey, {"a": b"two"}, ttl_ms=60_000)
    assert await read_kept(valkey, ["a"]) == [b"one"]

    await take_back(valkey, ["a"])
    await keep(valkey, {"a": b"one"}, ttl_ms=60_000)
    assert await read_kept(valkey, ["a"]) == [None]


async def test_what_a_snapshot_brings_back_is_not_believed_and_replaced(own_server: Server) -> None:
    valkey = await open_valkey(own_server.url, deadline_seconds=2)
    await keep(valkey, {"a": b"before"}, ttl_ms=60_000)
    await valkey.command("SAVE")
    await take_back(valkey, ["a"])
    await valkey.close()
    own_server.kill()
    own_server.start()

    valkey = await open_valkey(own_server.url, deadline_seconds=2)
    assert await valkey.get("a") is not None
    assert await read_kept(valkey, ["a"]) == [None]
    await keep(valkey, {"a": b"after"}, ttl_ms=60_000)
    assert await read_kept(valkey, ["a"]) == [b"after"]
    await valkey.close()


async def test_change_is_taken_back_when_memory_is_full(own_server: Server) -> None:
    valkey = await open_valkey(own_server.url, deadline_seconds=2)
    await keep(valkey, {"a": b"before"}, ttl_ms=60_000)
    await valkey.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    await valkey.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(ValkeyUnavailable):
        await keep(valkey, {"b": b"new"}, ttl_ms=60_000)
    assert await read_kept(valkey, ["a"]) == [b"before"]

    await take_back(valkey, ["a"])

    assert await read_kept(valkey, ["a"]) == [None]
    await valkey.close()
