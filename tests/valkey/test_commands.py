import pytest

from hubbub.platform.valkey import Valkey, ValkeyRefused, open_valkey
from tests.valkey.server import Server, running_server


async def test_a_value_is_read_as_it_was_written(valkey: Valkey) -> None:
    assert await valkey.set("k", b"\x00\r\n\xff") is True

    assert await valkey.get("k") == b"\x00\r\n\xff"
    assert await valkey.get("other") is None


async def test_set_if_absent_says_whether_it_did(valkey: Valkey) -> None:
    assert await valkey.set("k", "first", if_absent=True) is True
    assert await valkey.set("k", "second", if_absent=True) is False

    assert await valkey.get("k") == b"first"


async def test_a_time_to_live_is_kept(valkey: Valkey) -> None:
    await valkey.set("k", 1, ttl_ms=60_000)

    assert 0 < await valkey.command("PTTL", "k") <= 60_000


async def test_mget_keeps_the_order_and_marks_what_is_missing(valkey: Valkey) -> None:
    await valkey.set("a", 1)
    await valkey.set("c", 3)

    assert await valkey.mget(["c", "b", "a", "c"]) == [b"3", None, b"1", b"3"]
    assert await valkey.mget([]) == []


async def test_delete_counts_what_was_there(valkey: Valkey) -> None:
    await valkey.set("a", 1)

    assert await valkey.delete("a", "b") == 1
    assert await valkey.delete() == 0


async def test_a_mistaken_command_is_refused_and_harms_nobody_else(valkey: Valkey) -> None:
    await valkey.set("text", "x")

    with pytest.raises(ValkeyRefused, match="not an integer"):
        await valkey.command("INCR", "text")
    await valkey.ping()


async def test_a_wrong_password_is_refused_at_open_and_not_shown() -> None:
    with running_server("--requirepass", "open-sesame") as server:
        with pytest.raises(ValkeyRefused) as caught:
            await open_valkey(server.url.replace("//", "//:guessed-wrong@"))
        right = await open_valkey(server.url.replace("//", "//:open-sesame@"))
        await right.ping()
        await right.close()

    assert "guessed-wrong" not in repr(caught.value)


async def test_a_database_number_is_selected(own_server: Server, fragile: Valkey) -> None:
    other = await open_valkey(own_server.url.replace("/0", "/5").replace("redis://", "valkey://"))

    await other.set("k", "elsewhere")

    assert await fragile.get("k") is None
    await other.close()


@pytest.mark.parametrize("url", ["http://x", "localhost:6379", "redis://h:port"])
async def test_a_wrong_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await open_valkey(url)
