"""What is new is counted from watermarks, whatever was ever written; and receipts."""

import time

import pytest

from hubbub.platform.ids import new_id
from tests.messages.support import Chats, Json, code_of
from tests.support.world import Person, World

FILL = """
WITH new AS (
    INSERT INTO messages (conversation_id, id, sender_id, text)
    SELECT $1, $2::bigint + n, $3, 'Message ' || n FROM generate_series(1, $4::integer) AS n RETURNING id
), told AS (
    UPDATE conversations SET last_id = (SELECT max(id) FROM new) WHERE id = $1
)
UPDATE conversation_members SET activity_id = (SELECT max(id) FROM new) WHERE conversation_id = $1
"""
MANY = 20_000


async def fill(world: World, id_: str, sender: Person, number: int) -> None:
    await world.rows(FILL, int(id_), new_id(), sender.id, number)


async def test_unread_is_what_others_wrote_above_the_marker(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    first = await chats.send(ada, id_)
    second = await chats.send(ada, id_)
    await chats.send(bo, id_)

    assert await chats.unread(bo, id_) == 2
    assert (await chats.read(bo, id_, first))["unread"] == 1
    assert (await chats.read(bo, id_, second))["unread"] == 0
    assert (await chats.read(bo, id_, first))["read_up_to"] == second["id"]
    assert await chats.unread(ada, id_) == 1


async def test_a_marker_beyond_the_end_is_the_end(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)

    assert (await chats.read(bo, id_, str(2**63 - 1)))["read_up_to"] == message["id"]
    await chats.send(ada, id_)
    assert await chats.unread(bo, id_) == 1


async def test_one_s_own_words_are_never_unread(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    for _ in range(3):
        await chats.send(ada, id_)

    assert await chats.unread(ada, id_) == 0
    assert (await chats.one(ada, id_))["read_up_to"] is not None
    theirs = await chats.send(bo, id_)
    await chats.send(ada, id_)
    assert await chats.unread(ada, id_) == 1
    assert int((await chats.one(ada, id_))["read_up_to"]) < int(theirs["id"])


async def test_unread_is_counted_up_to_a_hundred(world: World, chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)
    await fill(world, id_, ada, 150)

    assert await chats.unread(bo, id_) == 100


async def test_total_counts_conversations_and_not_messages(
    chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    for other in (bo, cleo):
        id_ = await chats.pair(ada, other)
        for _ in range(2):
            await chats.send(other, id_)

    assert await chats.total_unread(ada) == 2


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/conversations/unread"])
async def test_statements_are_as_many_whatever_was_written(world: World, chats: Chats, path: str) -> None:
    ada = await world.person()
    await world.get(path, by=ada)

    async def statements() -> int:
        with world.counted() as cost:
            (await world.get(path, by=ada)).raise_for_status()
        return len(cost.statements)

    ids = []
    for _ in range(2):
        other = await world.person()
        ids.append(await chats.pair(other, ada))
        await chats.send(other, ids[-1])
    await world.get(path, by=ada)
    few = await statements()
    for id_ in ids:
        await fill(world, id_, ada, MANY)
    for _ in range(10):
        other = await world.person()
        await chats.send(other, await chats.group(other, ada))
    await world.get(path, by=ada)

    assert await statements() == few <= 7


async def test_inbox_takes_as_long_for_a_long_history_as_for_a_short_one(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)

    async def best() -> float:
        times = []
        for _ in range(15):
            started = time.perf_counter()
            await chats.inbox(bo)
            await chats.total_unread(bo)
            times.append(time.perf_counter() - started)
        return min(times)

    short = await best()
    await fill(world, id_, ada, 5 * MANY)
    long = await best()

    assert await chats.unread(bo, id_) == 100
    # Counting a hundred costs something; counting a hundred thousand would cost tens of milliseconds.
    assert long < short + 0.01


async def receipts(chats: Chats, by: Person, id_: str, of: Person) -> tuple[str | None, str | None]:
    members: list[Json] = (await chats.one(by, id_))["members"]
    [found] = [each for each in members if each["account_id"] == str(of.id)]
    return found["read_up_to"], found["delivered_up_to"]


async def test_receipts_are_seen_where_both_have_them_on(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    path = f"/v1/conversations/{id_}/delivered"
    assert code_of(await world.post(path, by=bo, json={"up_to": message["id"]})) == "200"
    assert await receipts(chats, ada, id_, bo) == (None, message["id"])
    await chats.read(bo, id_, message)
    assert await receipts(chats, ada, id_, bo) == (message["id"], message["id"])

    for person in (ada, bo):
        await chats.prefer(person, read_receipts=False)
        assert await receipts(chats, ada, id_, bo) == (None, None)
        assert await receipts(chats, bo, id_, ada) == (None, None)
        await chats.prefer(person, read_receipts=True)
    await world.block(ada, bo)
    assert await receipts(chats, ada, id_, bo) == (None, None)


async def test_who_has_not_accepted_gives_no_receipt(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    await chats.read(bo, id_, message)

    assert await receipts(chats, ada, id_, bo) == (None, None)
