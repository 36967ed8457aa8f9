"""Messages are pushed to members who are not connected, and to nobody else."""

from typing import Any

import pytest

from hubbub.platform.live import LiveLog, Seat
from tests.messages.support import Chats
from tests.push.browser import Browser
from tests.push.servers import Service
from tests.push.support import send, subscribe
from tests.support.world import Person, World

TEXT = "Meet me at the old mill at nine"


@pytest.fixture
async def pair(world: World, service: Service) -> "Pair":
    ada, bo = await world.person("ada"), await world.person("bo")
    await world.follow(ada, bo)
    await world.follow(bo, ada)
    chats = Chats(world)
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_, "Hello")
    await chats.send(bo, id_, "Hello to you")
    await send(world)
    return Pair(chats, service, ada, bo, id_)


class Pair:
    """Ada and Bo, who have talked; Bo has a browser from now on."""

    def __init__(self, chats: Chats, service: Service, ada: Person, bo: Person, id_: str) -> None:
        self.chats, self.service, self.ada, self.bo, self.id = chats, service, ada, bo, id_
        self.world = chats.world

    async def browser(self, **more: Any) -> Browser:
        return await subscribe(self.world, self.bo, self.service, **more)

    async def say(self, text: str = TEXT) -> dict[str, Any]:
        message = await self.chats.send(self.ada, self.id, text)
        await send(self.world)
        return message


async def test_a_message_is_pushed_without_its_text_and_sender(pair: Pair) -> None:
    browser = await pair.browser()

    message = await pair.say()

    assert browser.read(pair.service.received[0]) == {
        "type": "message",
        "kind": "message",
        "title": "New message",
        "ids": {"conversation_id": pair.id, "message_id": message["id"]},
        "account_id": str(pair.bo.id),
        "urgency": "high",
    }


async def test_with_both_where_they_are_wanted(pair: Pair) -> None:
    browser = await pair.browser(shows_text=True)

    await pair.say()

    pushed = browser.read(pair.service.received[0])
    assert (pushed["title"], pushed["body"]) == ("Ada", TEXT)


async def test_messages_of_a_conversation_share_a_topic(pair: Pair) -> None:
    await pair.browser()

    await pair.say("One")
    await pair.say("Two")

    first, second = pair.service.received
    assert first.headers["topic"] == second.headers["topic"]


async def test_the_sender_gets_none(pair: Pair) -> None:
    await subscribe(pair.world, pair.ada, pair.service)

    await pair.say()

    assert pair.service.received == []


async def test_who_is_connected_gets_none(pair: Pair) -> None:
    await pair.browser()
    log = pair.world.services.part(LiveLog)
    await log.open(Seat(pair.bo.id, "a-device"))
    await pair.say("While connected")
    assert pair.service.received == []

    await log.leave(Seat(pair.bo.id, "a-device"))
    await pair.say("And after")

    assert len(pair.service.received) == 1


async def test_a_muted_conversation_is_quiet(pair: Pair) -> None:
    await pair.browser()
    reply = await pair.world.put(f"/v1/conversations/{pair.id}/mute", by=pair.bo)
    assert reply.status_code < 300, reply.text

    await pair.say()

    assert pair.service.received == []


async def test_what_was_read_before_the_worker_came_is_not_pushed(pair: Pair) -> None:
    await pair.browser()
    message = await pair.chats.send(pair.ada, pair.id)
    await pair.chats.read(pair.bo, pair.id, message)

    await send(pair.world)

    assert pair.service.received == []


@pytest.mark.parametrize("whom", ["all", "me"])
async def test_what_was_deleted_before_the_worker_came_is_not_pushed(pair: Pair, whom: str) -> None:
    await pair.browser()
    message = await pair.chats.send(pair.ada, pair.id)
    path = f"/v1/conversations/{pair.id}/messages/{message['id']}?for={whom}"
    (await pair.world.delete(path, by=pair.ada if whom == "all" else pair.bo)).raise_for_status()

    await send(pair.world)

    assert pair.service.received == []


async def test_a_block_made_before_the_worker_came_counts(pair: Pair) -> None:
    await pair.browser()
    await pair.chats.send(pair.ada, pair.id)
    await pair.world.block(pair.bo, pair.ada)

    await send(pair.world)

    assert pair.service.received == []


async def test_a_request_is_not_pushed_as_a_message(world: World, service: Service) -> None:
    stranger, bo = await world.person(), await world.person()
    chats = Chats(world)
    await chats.prefer(bo, who_may_write="followed")
    await subscribe(world, bo, service, alerts=["message"])

    await chats.send(stranger, await chats.pair(stranger, bo), TEXT)
    await send(world)

    assert service.received == []


async def test_members_of_a_group_are_told_which(world: World, service: Service) -> None:
    ada, bo, cyd = [await world.person(name) for name in ("ada", "bo", "cyd")]
    for one, other in ((ada, bo), (bo, ada), (ada, cyd), (cyd, ada)):
        await world.follow(one, other)
    chats = Chats(world)
    group = await chats.group(ada, bo, cyd, name="Reading")
    browsers = [
        await subscribe(world, person, service, f"/{person.handle}", shows_text=True, alerts=["message"])
        for person in (bo, cyd)
    ]

    await chats.send(ada, group, TEXT)
    await send(world)

    for browser, path in zip(browsers, ("/bo", "/cyd"), strict=True):
        assert browser.read(service.at(path)[-1])["title"] == "Ada in Reading"
