"""Every device of every member hears what its owner may see, once."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from hubbub.messages import MessageSent
from hubbub.messages.reactors import tell_members
from hubbub.platform.live import LiveLog, Told
from hubbub.platform.live.log import channel_of, read_message
from hubbub.platform.valkey import Valkey, open_valkey
from tests.messages.support import Chats, Json, listen
from tests.support.world import Person, World


async def test_a_message_is_told_to_both_as_the_api_shows_it(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    ears = [await listen(world, person) for person in (ada, bo, cleo)]

    sent = await chats.send(ada, id_, "Hello @bo")
    await world.settle()

    heard = [await ear.heard("message") for ear in ears]
    assert heard == [[("message", sent)], [("message", sent)], []]


async def test_a_message_is_told_once_though_its_event_is_handled_again_after_an_edit(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await world.settle()
    ear = await listen(world, bo)
    message = await chats.send(ada, id_)
    await world.settle()
    await chats.edit(ada, message, "Hello again")

    event = MessageSent(conversation_id=int(id_), message_id=int(message["id"]), sender_id=ada.id)
    async with world.db.transaction() as tx:
        await tell_members(world.services, tx, [event])
    await world.settle()

    assert await ear.types() == ["message", "message.updated"]


async def test_edits_reactions_and_deletion_are_told(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    await world.settle()
    ear = await listen(world, bo)

    edited = (await chats.edit(ada, message, "Hello again")).json()
    await world.settle()
    mine = (await chats.react(bo, message, "👍")).json()
    await world.settle()
    await chats.delete(ada, message)
    await world.settle()

    assert mine["my_reactions"] == ["👍"]
    assert await ear.heard() == [
        ("message.updated", edited),
        ("message.updated", mine),
        ("message.deleted", {"id": message["id"], "conversation_id": id_}),
    ]


async def test_what_one_deletes_for_oneself_is_told_to_one_s_own_devices(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo))
    await world.settle()
    ears = [await listen(world, person) for person in (ada, bo)]

    await chats.delete(bo, message, "me")
    await chats.edit(ada, message, "Hello again")
    await world.settle()

    assert [await ear.types() for ear in ears] == [["message.updated"], ["message.deleted"]]


async def test_a_marker_moves_on_one_s_own_devices_only(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    first, second = await chats.send(ada, id_), await chats.send(ada, id_)
    await world.settle()
    ears = [await listen(world, person) for person in (ada, bo)]

    await chats.read(bo, id_, first)
    await chats.read(bo, id_, first)
    await world.settle()

    marker = {"marker": "conversation", "conversation_id": id_, "up_to": first["id"], "unread": 1}
    assert [await ear.heard() for ear in ears] == [[], [("marker", marker)]]
    assert second["id"] > first["id"]


async def test_newcomers_and_leavers_are_told_what_happens_while_they_are_in(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo)
    ear = await listen(world, cleo)
    await chats.send(ada, id_, "before")
    await chats.add(ada, id_, cleo)
    await chats.send(ada, id_, "during")
    await world.settle()
    await chats.leave(cleo, id_)
    await chats.send(ada, id_, "after")
    await world.settle()

    heard = await ear.heard()
    texts = [data["text"] for type_, data in heard if type_ == "message"]
    news = [(data["news"], data["name"]) for type_, data in heard if type_ == "conversation"]
    assert texts == ["during"]
    assert news == [("changed", ""), ("added", ""), ("left", None)]


async def test_a_request_brings_news_of_itself_and_no_message(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    ear = await listen(world, bo)

    await chats.send(ada, id_)
    await chats.send(ada, id_)
    await world.settle()

    assert [data["news"] for _, data in await ear.heard("conversation")] == ["requested"]
    assert await ear.heard("message") == []


async def test_block_in_a_group_silences_both_ways(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo, cleo)
    await world.block(bo, cleo)
    await world.settle()
    ears = [await listen(world, person) for person in (ada, bo, cleo)]

    await chats.send(bo, id_, "by bo")
    await chats.send(cleo, id_, "by cleo")
    await world.settle()

    heard = [[data["text"] for _, data in await ear.heard("message")] for ear in ears]
    assert heard == [["by bo", "by cleo"], ["by bo"], ["by cleo"]]


@pytest.fixture
async def outside(valkey_url: str) -> AsyncIterator[Valkey]:
    """Another process, without anybody connected to it."""
    client = await open_valkey(valkey_url, deadline_seconds=2)
    yield client
    await client.close()


class Hints:
    """What a person is hinted from now on: `type` and data together."""

    def __init__(self) -> None:
        self.heard: list[Json] = []
        self.is_over = asyncio.Event()

    def hear(self, payload: bytes) -> None:
        entry, _ = read_message(payload)
        if entry.type == b"end":
            self.is_over.set()
        elif not entry.id:
            self.heard.append({"type": entry.type.decode(), **json.loads(entry.data)})


async def hints_of(outside: Valkey, person: Person) -> Hints:
    hints = Hints()
    await outside.subscribe(channel_of(person.id), hints.hear)
    return hints


async def until_now(world: World, person: Person, hints: Hints) -> list[Json]:
    """Messages of a channel come in order: once this one is there, so are those before it."""
    await world.services.part(LiveLog).tell([Told(person.id, "end", b"{}", is_kept=False)])
    async with asyncio.timeout(5):
        await hints.is_over.wait()
    return hints.heard


@pytest.mark.parametrize("who_is_off", ["", "ada", "bo"])
async def test_receipts_are_hinted_where_both_have_them_on(
    world: World, chats: Chats, outside: Valkey, who_is_off: str
) -> None:
    ada, bo = await world.person("ada"), await world.person("bo")
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    for person in (ada, bo):
        await chats.prefer(person, read_receipts=person.handle != who_is_off)
    hints, own = await hints_of(outside, ada), await hints_of(outside, bo)

    await chats.read(bo, id_, message)
    await world.settle()

    expected = {
        "type": "receipt",
        "conversation_id": id_,
        "account_id": str(bo.id),
        "read_up_to": message["id"],
        "delivered_up_to": message["id"],
    }
    assert await until_now(world, ada, hints) == ([] if who_is_off else [expected])
    assert await until_now(world, bo, own) == []
