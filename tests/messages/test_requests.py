"""Who may write to whom, and what becomes of the first message otherwise."""

import pytest

from tests.messages.support import Chats, code_of, listen
from tests.support.world import Person, World


@pytest.mark.parametrize(
    ("audience", "is_followed", "is_request"),
    [
        ("everyone", False, False),
        ("followed", False, True),
        ("followed", True, False),
        ("nobody", True, True),
    ],
)
async def test_the_first_message_comes_straight_or_as_a_request(
    world: World, chats: Chats, audience: str, is_followed: bool, is_request: bool
) -> None:
    ada, bo = await world.person(), await world.person()
    await chats.prefer(bo, who_may_write=audience)
    if is_followed:
        await world.follow(bo, ada)
    id_ = await chats.pair(ada, bo)

    await chats.send(ada, id_)

    expected = ([], [id_], 0) if is_request else ([id_], [], 1)
    found = [each["id"] for each in await chats.inbox(bo)]
    assert (found, await chats.requests(bo), await chats.total_unread(bo)) == expected
    assert (await chats.one(bo, id_))["unread"] == (0 if is_request else 1)


async def test_three_messages_may_be_written_before_an_answer(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    for _ in range(3):
        await chats.send(ada, id_)

    assert code_of(await chats.try_send(ada, id_)) == "403:awaiting_acceptance"
    await chats.accept(bo, id_)
    assert code_of(await chats.try_send(ada, id_)) == "201"
    assert await chats.unread(bo, id_) == 4


async def test_an_answer_accepts(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)

    await chats.send(bo, id_, "Who are you?")

    assert [each["id"] for each in await chats.inbox(bo)] == [id_]
    assert await chats.requests(bo) == []


async def test_a_refusal_looks_like_silence(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)
    before = await chats.one(ada, id_)

    assert code_of(await chats.decline(bo, id_)) == "204"

    assert await chats.one(ada, id_) == before
    assert code_of(await chats.try_send(ada, id_)) == "201"
    assert await chats.inbox(bo) == []
    assert await chats.requests(bo) == []
    assert code_of(await chats.decline(bo, id_)) == "404:conversation_not_found"


async def test_who_is_asked_into_a_group_again_and_again_is_disturbed_once(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_, ear = await chats.group(ada), await listen(world, bo)
    for has_refused in (False, True, False):
        await chats.add(ada, id_, bo)
        await world.settle()
        if has_refused:
            await chats.decline(bo, id_)
        await chats.remove(ada, id_, bo)
        await world.settle()
    await chats.add(ada, id_, bo)
    await world.settle()

    assert len(await ear.heard("notification")) == 1
    assert await chats.requests(bo) == [id_]
    assert (await chats.get(bo, "/v1/notifications"))["items"] == []


async def test_who_accepted_and_left_is_told_when_asked_again(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_, ear = await chats.group(ada, bo), await listen(world, bo)
    await world.settle()
    await chats.accept(bo, id_)
    await world.settle()
    await chats.leave(bo, id_)
    await world.settle()

    await chats.add(ada, id_, bo)
    await world.settle()

    assert len(await ear.heard("notification")) == 2


async def test_who_refused_may_begin_themselves(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)
    await chats.decline(bo, id_)

    assert await chats.pair(bo, ada) == id_
    await chats.send(bo, id_, "Sorry")

    assert [each["id"] for each in await chats.inbox(bo)] == [id_]


async def test_whoever_opened_it_gets_the_answer_straight(chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(ada, who_may_write="nobody")
    id_ = await chats.pair(ada, bo)

    await chats.send(bo, id_)

    assert [each["id"] for each in await chats.inbox(ada)] == [id_]


async def test_a_request_across_a_block_or_of_somebody_away_is_not_listed(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    await chats.prefer(ada, who_may_write="nobody")
    ids = [await chats.pair(other, ada) for other in (bo, cleo)]
    await chats.send(bo, ids[0])
    await chats.send(cleo, ids[1])
    assert await chats.requests(ada) == [ids[1], ids[0]]

    await world.block(ada, bo)
    await world.set_state(cleo, "suspended")

    assert await chats.requests(ada) == []


async def test_groups_of_strangers_are_requests(world: World, chats: Chats, ada: Person, bo: Person) -> None:
    await chats.prefer(bo, who_may_write="followed")
    id_ = await chats.group(ada, bo)
    await chats.send(ada, id_, "Welcome")

    assert await chats.inbox(bo) == []
    assert await chats.requests(bo) == [id_]
    assert await chats.texts(bo, id_) == ["Welcome"]
    [pending] = [m for m in (await chats.one(ada, id_))["members"] if m["account_id"] == str(bo.id)]
    assert pending["is_pending"]


async def test_a_block_ends_it_for_both_until_it_is_taken_back(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    await world.block(ada, bo)

    for person in (ada, bo):
        assert code_of(await chats.try_send(person, id_)) == "403:conversation_closed"
        assert code_of(await chats.react(person, message, "👍")) == "403:conversation_closed"
        assert await chats.texts(person, id_) == ["Hello"]
        assert not (await chats.one(person, id_))["may_write"]
    assert code_of(await chats.edit(ada, message, "Hi")) == "403:conversation_closed"
    opened = await world.post("/v1/conversations", by=bo, json={"account_id": str(ada.id)})
    assert code_of(opened) == "404:account_not_found"

    (await world.delete(f"/v1/accounts/{bo.id}/block", by=ada)).raise_for_status()
    assert code_of(await chats.try_send(bo, id_)) == "201"


async def test_who_is_blocked_does_not_see_the_other_s_card(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_)
    await world.block(ada, bo)

    cards = {m["account_id"]: m["account"] for m in (await chats.one(bo, id_))["members"]}

    assert cards[str(ada.id)] is None
    assert cards[str(bo.id)]["handle"] == "bo"
    assert (await chats.one(bo, id_))["last_message"]["sender"] is None


@pytest.mark.parametrize("state", ["suspended", "deactivated"])
async def test_nothing_is_written_to_who_is_away(
    world: World, chats: Chats, ada: Person, bo: Person, state: str
) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(bo, id_)
    await world.set_state(bo, state)  # type: ignore[arg-type]

    assert code_of(await chats.try_send(ada, id_)) == "403:conversation_closed"
    assert await chats.texts(ada, id_) == ["Hello"]
    cards = {m["account_id"]: m["account"] for m in (await chats.one(ada, id_))["members"]}
    assert cards[str(bo.id)] is None
