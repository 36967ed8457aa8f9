"""All members see one order, whoever writes, on however many processes, and whatever their clocks say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubbub.messages import queries
from hubbub.messages.service import remove_member, sending
from hubbub.platform.db import Tx
from hubbub.platform.ids import IdMaker
from tests.messages.support import Chats, code_of
from tests.support.world import Person, World, open_world, settings_for


@pytest.fixture
async def second(world: World, database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Another process of the same system."""
    async with open_world(settings_for(database_url, valkey_url, tmp_path / "second")) as other:
        yield other


async def test_no_message_appears_below_one_that_was_seen(
    world: World, second: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.group(ada, bo)
    both = [chats, Chats(second)]
    is_over = False
    seen: list[str] = []

    async def write(number: int) -> None:
        for turn in range(15):
            await both[number % 2].send(ada if number < 2 else bo, id_, f"{number}.{turn}")

    async def watch() -> None:
        while not is_over:
            page = await chats.get(bo, f"/v1/conversations/{id_}/messages?limit=100")
            ids = [item["id"] for item in reversed(page["items"])]
            assert ids[: len(seen)] == seen
            seen[:] = ids

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(write(number) for number in range(4)))
    is_over = True
    await watching

    texts = await chats.texts(ada, id_)
    assert texts == await chats.texts(bo, id_)
    assert len(texts) == 60
    for number in range(4):
        assert [text for text in texts if text.startswith(f"{number}.")] == [
            f"{number}.{i}" for i in range(15)
        ]


async def test_a_clock_that_is_behind_puts_nothing_out_of_order(
    chats: Chats, ada: Person, bo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await chats.pair(ada, bo)
    first = await chats.send(ada, id_, "first")
    await chats.read(bo, id_, first)
    slow = IdMaker(1)
    monkeypatch.setattr(sending, "new_id", lambda: slow() - (60_000 << 22))

    await chats.send(ada, id_, "second")
    await chats.send(bo, id_, "third")

    assert await chats.texts(bo, id_) == ["first", "second", "third"]
    assert await chats.unread(bo, id_) == 1


async def test_whoever_is_removed_while_sending_is_out_with_their_message_or_before_it(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.group(ada, bo)
    await world.fill_pool()

    *replies, removed = await asyncio.gather(
        *(chats.try_send(bo, id_, str(number)) for number in range(5)), chats.remove(ada, id_, bo)
    )

    assert removed.status_code == 204
    sent = [reply.json()["text"] for reply in replies if reply.status_code == 201]
    assert {reply.status_code for reply in replies} <= {201, 404}
    assert sorted(await chats.texts(ada, id_)) == sorted(sent)


async def test_who_is_removed_after_the_facts_were_read_does_not_send(
    world: World, chats: Chats, ada: Person, bo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = int(await chats.group(ada, bo))
    read_facts = queries.select_sending_facts

    async def read_and_wait(tx: Tx, draft: queries.Draft, *, at_most: int) -> queries.SendingFacts | None:
        facts = await read_facts(tx, draft, at_most=at_most)
        await world.db.write(
            lambda other: remove_member(other, account_id=ada.id, conversation_id=id_, member_id=bo.id)
        )
        return facts

    monkeypatch.setattr(queries, "select_sending_facts", read_and_wait)

    assert code_of(await chats.try_send(bo, str(id_))) == "404:conversation_not_found"
    assert await chats.texts(ada, str(id_)) == []


async def test_devices_that_read_at_once_agree_on_the_furthest(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    messages = [await chats.send(ada, id_) for _ in range(6)]
    await world.fill_pool()

    await asyncio.gather(*(chats.read(bo, id_, message) for message in reversed(messages[:5])))

    seen = await chats.one(bo, id_)
    assert (seen["read_up_to"], seen["unread"]) == (messages[4]["id"], 1)
