"""Every device of every member hears what its owner may see, once."""

from tests.messages.support import Chats, listen
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
