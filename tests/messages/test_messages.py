"""What is done to single messages."""

import asyncio

import pytest

from hubbub.messages.schemas import MAX_KINDS_OF_REACTIONS
from tests.messages.support import Chats, code_of, path_of
from tests.support.world import Person, World


async def test_sent_again_under_its_client_id_it_is_the_same_message(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)

    first = await chats.try_send(ada, id_, client_id="a1")
    again = await chats.try_send(ada, id_, client_id="a1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await chats.texts(bo, id_) == ["Hello"]
    assert await world.announced("MessageSent") == 1


async def test_another_text_under_the_same_client_id_is_refused(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_, client_id="a1")

    assert code_of(await chats.try_send(ada, id_, "Other", client_id="a1")) == "422:client_id_reused"
    assert code_of(await chats.try_send(bo, id_, "Other", client_id="a1")) == "201"


async def test_an_edited_message_is_still_the_one_that_was_sent(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_, client_id="a1")
    await chats.edit(ada, message, "Good evening")

    again = await chats.try_send(ada, id_, client_id="a1")

    assert (again.status_code, again.json()["text"]) == (200, "Good evening")


async def test_five_sends_at_once_under_one_client_id_are_one_message(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await world.fill_pool()

    replies = await asyncio.gather(*(chats.try_send(ada, id_, client_id="a1") for _ in range(5)))

    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 200, 201]
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert await chats.texts(bo, id_) == ["Hello"]
    assert await chats.unread(bo, id_) == 1


async def test_a_message_answers_another_of_the_same_conversation(
    chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_, elsewhere = await chats.pair(ada, bo), await chats.pair(ada, cleo)
    first, foreign = await chats.send(ada, id_), await chats.send(ada, elsewhere)

    answer = await chats.send(bo, id_, reply_to=first["id"])

    assert answer["reply_to"] == first["id"]
    assert code_of(await chats.try_send(bo, id_, reply_to=foreign["id"])) == "404:message_not_found"
    await chats.delete(ada, first)
    assert code_of(await chats.try_send(bo, id_, reply_to=first["id"])) == "404:message_not_found"


async def test_an_edit_replaces_the_text(chats: Chats, ada: Person, bo: Person) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo), "Helo")

    reply = await chats.edit(ada, message, "Hello")

    assert reply.json()["text"] == "Hello"
    assert reply.json()["edited_at"] is not None
    assert await chats.get(bo, path_of(message)) == reply.json()


async def test_only_whoever_wrote_it_edits_it_and_for_a_day(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    assert code_of(await chats.edit(bo, message, "Hi")) == "403:not_your_message"

    day = 25 * 3_600_000 << 22
    await world.rows("UPDATE messages SET id = id - $1", day)

    old = message | {"id": str(int(message["id"]) - day)}
    assert code_of(await chats.edit(ada, old, "Hi")) == "409:edit_too_late"


async def test_deleted_for_all_leaves_a_mark_without_words(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_, "Secret words")
    await chats.react(bo, message, "👍")

    assert code_of(await chats.delete(ada, message)) == "204"
    assert code_of(await chats.delete(ada, message)) == "204"

    seen = await chats.get(bo, path_of(message))
    assert (seen["is_deleted"], seen["text"], seen["reactions"]) == (True, "", [])
    assert await chats.unread(bo, id_) == 0
    assert await chats.total_unread(bo) == 0
    assert await world.rows("SELECT FROM messages WHERE strpos(messages::text, 'Secret') > 0") == []
    assert code_of(await chats.edit(ada, message, "Hi")) == "404:message_not_found"
    assert code_of(await chats.react(bo, message, "👍")) == "404:message_not_found"


async def test_deleted_for_me_is_there_for_others(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    first, second = await chats.send(ada, id_, "first"), await chats.send(ada, id_, "second")

    assert code_of(await chats.delete(bo, second, "me")) == "204"

    assert await chats.texts(bo, id_) == ["first"]
    assert await chats.texts(ada, id_) == ["first", "second"]
    assert await chats.unread(bo, id_) == 1
    [seen] = await chats.inbox(bo)
    assert seen["last_message"]["id"] == first["id"]
    assert code_of(await chats.delete(bo, second, "me")) == "404:message_not_found"


async def test_others_words_are_deleted_for_all_by_admins_of_groups_alone(
    chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    group, pair = await chats.group(ada, bo, cleo), await chats.pair(ada, bo)
    in_group, in_pair = await chats.send(bo, group), await chats.send(bo, pair)

    assert code_of(await chats.delete(cleo, in_group)) == "403:not_your_message"
    assert code_of(await chats.delete(ada, in_group)) == "204"
    assert code_of(await chats.delete(ada, in_pair)) == "403:not_your_message"


async def test_reactions_are_one_for_each_member_and_emoji(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo))
    for by, emoji in ((bo, "👍"), (bo, "👍"), (ada, "👍"), (bo, "❤️")):
        assert code_of(await chats.react(by, message, emoji)) == "200"

    seen = await chats.get(ada, path_of(message))
    assert seen["reactions"] == [{"emoji": "👍", "count": 2}, {"emoji": "❤️", "count": 1}]
    assert seen["my_reactions"] == ["👍"]
    gone = await world.delete(f"{path_of(message)}/reactions/👍", by=ada)
    assert (gone.json()["my_reactions"], gone.json()["reactions"][0]["count"]) == ([], 1)


@pytest.mark.parametrize("emoji", ["a", "👍👍", "%20", "1", "<b>", "👍a", "%E2%80%8D"])
async def test_what_is_no_emoji_is_no_reaction(chats: Chats, ada: Person, bo: Person, emoji: str) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo))

    assert code_of(await chats.react(bo, message, emoji)) == "422:invalid"


async def test_kinds_of_reactions_are_bounded(chats: Chats, ada: Person, bo: Person) -> None:
    message = await chats.send(ada, await chats.pair(ada, bo))
    for number in range(MAX_KINDS_OF_REACTIONS):
        assert code_of(await chats.react(bo, message, chr(0x1F600 + number))) == "200"

    assert code_of(await chats.react(bo, message, "👍")) == "409:too_many_reactions"
    assert code_of(await chats.react(ada, message, chr(0x1F600))) == "200"


async def test_search_finds_parts_of_words_whatever_case_and_accents(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    for text in ("Crème brûlée at 8", "nothing", "CREME fraîche", "100% sure_"):
        await chats.send(ada, id_, text)

    async def found(query: str) -> list[str]:
        page = await chats.get(bo, f"/v1/conversations/{id_}/messages/search?q={query}")
        return [item["text"] for item in page["items"]]

    assert await found("creme") == ["CREME fraîche", "Crème brûlée at 8"]
    assert await found("BRÛLÉE") == ["Crème brûlée at 8"]
    assert await found("%25") == ["100% sure_"]
    assert await found("%25 sure_") == ["100% sure_"]
    assert await found("othi") == ["nothing"]
    assert await found("elsewhere") == []


async def test_search_goes_on_behind_what_a_page_looked_at(
    chats: Chats, ada: Person, bo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubbub.messages.service.searching.MAX_LOOKED_AT", 3)
    id_ = await chats.pair(ada, bo)
    for text in ("needle 1", "hay", "hay", "hay", "needle 2"):
        await chats.send(ada, id_, text)
    found, cursor, pages = [], "", 0
    while True:
        page = await chats.get(bo, f"/v1/conversations/{id_}/messages/search?q=needle&limit=5{cursor}")
        found += [item["text"] for item in page["items"]]
        pages += 1
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert (found, pages) == (["needle 2", "needle 1"], 2)


@pytest.mark.parametrize(
    "body", [{"client_id": "a\n"}, {"client_id": ""}, {"client_id": "a" * 65}, {"text": " "}]
)
async def test_what_is_malformed_is_not_sent(
    chats: Chats, ada: Person, bo: Person, body: dict[str, str]
) -> None:
    id_ = await chats.pair(ada, bo)

    reply = await chats.world.post(
        f"/v1/conversations/{id_}/messages", by=ada, json={"text": "Hello", **body}
    )

    assert code_of(reply) == "422:invalid"
    assert await chats.texts(ada, id_) == []


@pytest.mark.parametrize("up_to", ["7\n", "0", "x", "9" * 19])
async def test_a_marker_is_the_id_of_a_message(chats: Chats, ada: Person, bo: Person, up_to: str) -> None:
    id_ = await chats.pair(ada, bo)

    reply = await chats.world.post(f"/v1/conversations/{id_}/read", by=ada, json={"up_to": up_to})

    assert code_of(reply) == "422:invalid"


async def test_sending_takes_two_statements_to_a_group_and_three_to_one(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    found = []
    for id_ in (await chats.group(ada, bo), await chats.pair(ada, bo)):
        await chats.send(ada, id_)
        with world.counted() as cost:
            await chats.send(ada, id_)
        found.append(len(cost.statements))

    assert found == [2, 3]
