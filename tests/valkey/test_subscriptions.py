import asyncio

import pytest
import uvloop

from hubbub.platform.valkey import Valkey, open_valkey
from hubbub.platform.valkey.subscriptions import Listener
from tests.valkey.server import Server, eventually


async def test_a_subscriber_gets_each_message_once_and_in_order(valkey: Valkey) -> None:
    got: list[bytes] = []
    await valkey.subscribe("news", got.append)

    for number in range(100):
        assert await valkey.publish("news", number) == 1

    await eventually(lambda: len(got) == 100)
    assert got == [str(number).encode() for number in range(100)]


async def test_channels_are_apart_and_share_one_connection(valkey: Valkey) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    before = len((await valkey.command("CLIENT", "LIST", "TYPE", "pubsub")).splitlines())
    await asyncio.gather(valkey.subscribe("one", first.append), valkey.subscribe("two", second.append))
    await valkey.subscribe("two", second.append)

    await valkey.publish("one", "1")
    await valkey.publish("two", "2")

    await eventually(lambda: (first, second) == ([b"1"], [b"2", b"2"]))
    assert len((await valkey.command("CLIENT", "LIST", "TYPE", "pubsub")).splitlines()) == before + 1


async def test_a_closed_subscription_hears_nothing_more(valkey: Valkey) -> None:
    kept: list[bytes] = []
    closed: list[bytes] = []
    await valkey.subscribe("news", kept.append)
    subscription = await valkey.subscribe("news", closed.append)

    await subscription.close()
    await subscription.close()
    await valkey.publish("news", "x")

    await eventually(lambda: kept == [b"x"])
    assert closed == []


async def test_the_last_one_to_close_leaves_the_channel(valkey: Valkey) -> None:
    subscription = await valkey.subscribe("news", lambda _: None)
    await subscription.close()

    while await valkey.publish("news", "x"):  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def test_a_failing_call_back_does_not_silence_the_others(valkey: Valkey) -> None:
    got: list[bytes] = []

    def fail(_: bytes) -> None:
        raise RuntimeError("no")

    await valkey.subscribe("news", fail)
    await valkey.subscribe("news", got.append)

    await valkey.publish("news", "1")
    await valkey.publish("news", "2")

    await eventually(lambda: got == [b"1", b"2"])


async def test_a_restart_is_a_gap_and_then_messages_come_again(fragile: Valkey, own_server: Server) -> None:
    got: list[bytes] = []
    gaps: list[int] = []
    await fragile.subscribe("news", got.append, on_gap=lambda: gaps.append(len(got)))
    await fragile.publish("news", "before")
    await eventually(lambda: got == [b"before"])
    assert gaps == []

    own_server.kill()
    own_server.start()

    await eventually(lambda: gaps == [1])
    await eventually(lambda: fragile.is_available)
    await fragile.publish("news", "after")
    await eventually(lambda: got == [b"before", b"after"])
    assert gaps == [1]


async def test_a_frozen_server_is_noticed_and_left(fragile: Valkey, own_server: Server) -> None:
    gaps: list[bool] = []
    await fragile.subscribe("news", lambda _: None, on_gap=lambda: gaps.append(True))
    own_server.freeze()
    await asyncio.sleep(1.2)  # longer than a sign of life may take

    own_server.thaw()

    await eventually(lambda: bool(gaps))


async def test_subscribing_without_a_server_returns_and_the_first_success_is_a_gap(
    own_server: Server,
) -> None:
    own_server.kill()
    valkey = await open_valkey(own_server.url)
    gaps: list[bool] = []
    async with asyncio.timeout(0.5):
        await valkey.subscribe("news", lambda _: None, on_gap=lambda: gaps.append(True))

    own_server.start()

    await eventually(lambda: gaps == [True])
    await valkey.close()


async def test_an_outage_is_complained_about_once(
    own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.kill()
    valkey = await open_valkey(own_server.url)
    await valkey.subscribe("news", lambda _: None)

    await asyncio.sleep(0.5)  # longer than three attempts take

    said = [record for record in caplog.records if "subscriptions" in record.getMessage()]
    assert len(said) == 1
    await valkey.close()


def test_what_is_wished_after_the_connection_is_lost_waits_for_the_next(own_server: Server) -> None:
    """uvloop raises where a closed connection is written to."""

    async def wish_too_late() -> None:
        _, listener = await asyncio.get_running_loop().create_connection(
            lambda: Listener(lambda reply: None), "127.0.0.1", own_server.port
        )
        listener.abort()
        await listener.lost
        await asyncio.sleep(0)
        listener.send("SUBSCRIBE", "news")

    uvloop.run(wish_too_late())
