"""A replay shows no more than the API would show now."""

import json

import pytest

from tests.messages.support import Chats
from tests.stream.support import Client, Served
from tests.support.world import Person


@pytest.fixture
def chats(served: Served) -> Chats:
    return Chats(served.world)


@pytest.fixture
async def cy(served: Served) -> Person:
    return await served.world.person("cy")


async def leave(served: Served, person: Person) -> str:
    """The id that a device of theirs resumes from after it has been away."""
    client = await served.ready(person)
    assert client.socket is not None
    await client.socket.close()
    return str(client.frames[0]["id"])


async def resume(served: Served, person: Person, known: str) -> Client:
    """With all that came since."""
    await served.world.settle()
    client = await served.ready(person, f"?resume_from={known}")
    await client.answered()
    assert client.of("reset") == []
    return client


async def test_messages_are_replayed_as_they_are_now(
    served: Served, chats: Chats, ada: Person, bea: Person
) -> None:
    id_ = await chats.pair(ada, bea)
    known = await leave(served, bea)
    first, second = await chats.send(ada, id_, "Secret"), await chats.send(ada, id_, "Secret too")
    await served.world.settle()

    await chats.edit(ada, first, "Changed")
    await chats.delete(ada, second)

    client = await resume(served, bea, known)
    assert [(each["text"], each["is_deleted"]) for each in client.of("message")] == [
        ("Changed", False),
        ("", True),
    ]
    assert client.of("message.deleted") == [{"id": second["id"], "conversation_id": id_}]


async def test_what_one_has_deleted_for_oneself_is_not_replayed(
    served: Served, chats: Chats, ada: Person, bea: Person
) -> None:
    id_ = await chats.pair(ada, bea)
    known = await leave(served, bea)
    await chats.send(ada, id_, "One")
    second = await chats.send(ada, id_, "Two")
    await served.world.settle()

    await chats.delete(bea, second, "me")

    client = await resume(served, bea, known)
    assert [each["text"] for each in client.of("message")] == ["One"]


async def test_whoever_was_removed_is_replayed_nothing_of_the_group(
    served: Served, chats: Chats, ada: Person, bea: Person
) -> None:
    id_ = await chats.group(ada, bea, name="Secret name")
    known = await leave(served, bea)
    message = await chats.send(ada, id_, "Secret")
    await chats.edit(ada, message, "Secret too")
    await served.world.settle()

    await chats.remove(ada, id_, bea)

    client = await resume(served, bea, known)
    assert [each["news"] for each in client.of("conversation")] == ["removed"]
    assert "Secret" not in json.dumps(client.frames)


async def test_a_crowd_is_replayed_without_whom_one_may_not_see(
    served: Served, ada: Person, bea: Person, cy: Person
) -> None:
    post = await served.world.write(ada)
    known = await leave(served, ada)
    for person in (bea, cy):
        await served.world.put(f"/v1/posts/{post['id']}/like", by=person)
        await served.world.settle()

    await served.world.block(bea, ada)

    client = await resume(served, ada, known)
    groups = client.of("notification")
    assert [[each["handle"] for each in group["accounts"]] for group in groups] == [["cy"]]


async def test_a_quoted_post_that_is_gone_is_not_replayed_in_a_mention(
    served: Served, ada: Person, bea: Person, cy: Person
) -> None:
    quoted = await served.world.write(cy, "Secret")
    known = await leave(served, ada)
    await served.world.write(bea, "@ada, look", quote=quoted["id"])
    await served.world.settle()

    await served.world.delete(f"/v1/posts/{quoted['id']}", by=cy)

    client = await resume(served, ada, known)
    assert [each["kind"] for each in client.of("notification")] == ["mention"]
    assert "Secret" not in json.dumps(client.frames)
