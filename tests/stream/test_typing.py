"""Members of a conversation see who types, if that person lets them."""

import asyncio
from typing import Any

import pytest

from hubbub.stream import typing
from tests.messages.support import Chats
from tests.stream.support import Served, until
from tests.support.world import Person


@pytest.fixture
async def chat(served: Served, ada: Person, bea: Person) -> str:
    """A conversation that both take part in."""
    chats = Chats(served.world)
    await served.world.follow(bea, ada)
    id_ = await chats.pair(ada, bea)
    await chats.send(ada, id_)
    await chats.send(bea, id_)
    return id_


async def test_the_other_sees_it_on_every_device(
    served: Served, other: Served, ada: Person, bea: Person, chat: str
) -> None:
    clients = [await served.ready(bea), await other.ready(bea)]
    mine = await other.ready(ada)

    await mine.say("typing", conversation_id=chat)

    for client in clients:
        assert await client.got("typing") == {"conversation_id": chat, "account_id": str(ada.id)}
        assert "id" not in client.frames[-1]
    assert mine.of("typing") == []


async def test_it_is_told_once_in_a_while_however_often_it_is_said(
    served: Served, ada: Person, bea: Person, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "PAUSE_SECONDS", 0.3)
    theirs, mine = await served.ready(bea), await served.ready(ada)

    for _ in range(5):
        await mine.say("typing", conversation_id=chat)
    await mine.answered()
    await theirs.got("typing")
    assert len(theirs.of("typing")) == 1
    await asyncio.sleep(0.4)
    await mine.say("typing", conversation_id=chat)

    await theirs.got("typing", 2)


async def test_who_does_not_want_it_shown_is_not_shown(
    served: Served, ada: Person, bea: Person, chat: str
) -> None:
    await served.world.patch("/v1/stream/preferences", by=ada, json={"typing": False})
    theirs, mine = await served.ready(bea), await served.ready(ada)

    await mine.say("typing", conversation_id=chat)
    await mine.answered()
    await theirs.answered()

    assert theirs.of("typing") == mine.of("error") == []


@pytest.mark.parametrize("by_blocked", [True, False])
async def test_nothing_crosses_a_block(
    served: Served, ada: Person, bea: Person, chat: str, by_blocked: bool
) -> None:
    await served.world.block(*((bea, ada) if by_blocked else (ada, bea)))
    theirs, mine = await served.ready(bea), await served.ready(ada)

    await mine.say("typing", conversation_id=chat)
    await mine.answered()
    await theirs.answered()

    assert theirs.of("typing") == []


async def test_strangers_and_conversations_that_never_were_are_refused_alike(
    served: Served, chat: str
) -> None:
    client = await served.ready(await served.world.person())

    errors: list[dict[str, Any]] = []
    for id_ in (chat, "7"):
        await client.say("typing", conversation_id=id_)
        errors.append(await client.got("error", len(errors) + 1))

    assert errors[0] == errors[1]
    assert errors[0]["code"] == "forbidden"


async def test_whoever_is_only_asked_is_not_told(served: Served, ada: Person) -> None:
    chats, cleo = Chats(served.world), await served.world.person("cleo")
    body = {"who_may_write": "followed"}
    await served.world.patch("/v1/conversations/preferences", by=cleo, json=body)
    id_ = await chats.pair(ada, cleo)
    await chats.send(ada, id_)
    theirs, mine = await served.ready(cleo), await served.ready(ada)

    await mine.say("typing", conversation_id=id_)
    await mine.answered()
    await theirs.answered()

    assert theirs.of("typing") == []


async def test_messages_come_over_the_stream(
    served: Served, other: Served, ada: Person, bea: Person, chat: str
) -> None:
    clients = [await served.ready(bea), await other.events(bea), await other.ready(ada)]
    await clients[1].got("ready")

    sent = await Chats(served.world).send(ada, chat, "See you at\n\nevent: x\n\nnine")
    await served.world.settle()

    for client in clients:
        await until(lambda client=client: bool(client.of("message")))  # type: ignore[misc]
        assert client.of("message")[-1]["text"] == sent["text"]
