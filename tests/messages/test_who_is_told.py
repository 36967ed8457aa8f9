"""To whom a message is pushed, and the notification of a request."""

from typing import Any

from hubbub.messages import MessageSent, ReceivedMessage, load_received
from tests.messages.support import Chats
from tests.support.world import Person, World


async def received(world: World, message: dict[str, Any]) -> list[ReceivedMessage]:
    event = MessageSent(
        conversation_id=int(message["conversation_id"]),
        message_id=int(message["id"]),
        sender_id=int(message["sender_id"]),
    )
    async with world.db.connection() as tx:
        return await load_received(tx, [event])


async def test_a_message_is_pushed_to_those_who_have_not_read_nor_muted_nor_blocked(
    world: World, chats: Chats
) -> None:
    sender, reader, muter, blocker, unread, pending = [await world.person() for _ in range(6)]
    await chats.prefer(pending, who_may_write="nobody")
    id_ = await chats.group(sender, reader, muter, blocker, unread, pending, name="Choir")
    message = await chats.send(sender, id_, "Sing along")
    await chats.read(reader, id_, message)
    (await world.put(f"/v1/conversations/{id_}/mute", by=muter)).raise_for_status()
    await world.block(blocker, sender)

    [found] = await received(world, message)

    assert (found.account_id, found.text, found.group_name) == (unread.id, "Sing along", "Choir")


async def test_nothing_is_pushed_about_what_was_deleted(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo))
    await chats.delete(ada, message)

    assert await received(world, message) == []


async def test_a_mute_ends_when_it_was_to_end_or_is_taken_back(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    path = f"/v1/conversations/{id_}/mute"

    muted = (await world.put(path, by=bo, json={"duration_seconds": 3600})).json()
    assert muted["muted_until"] is not None
    assert (await chats.total_unread(bo), await received(world, message)) == (0, [])
    await world.rows(
        "UPDATE conversation_members SET muted_until = now() - interval '1 s' WHERE muted_until > now()"
    )
    assert (await chats.total_unread(bo), len(await received(world, message))) == (1, 1)
    await world.put(path, by=bo)
    (await world.delete(path, by=bo)).raise_for_status()
    assert await chats.total_unread(bo) == 1


async def test_a_request_is_a_notification_until_it_is_answered(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)

    async def kinds() -> list[str]:
        await world.settle()
        return [item["kind"] for item in (await chats.get(bo, "/v1/notifications"))["items"]]

    assert await kinds() == []
    await chats.send(ada, id_)
    await chats.send(ada, id_)
    assert await kinds() == ["message_request"]
    await chats.accept(bo, id_)
    assert await kinds() == []
