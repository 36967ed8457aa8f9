"""Two people have one conversation, and talk in it."""

import asyncio

from tests.messages.support import Chats, code_of
from tests.support.world import Person, World


async def test_what_is_sent_stands_in_the_inbox_of_both(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)

    sent = await chats.send(ada, id_, "How are you? #spring @bo https://example.org")

    [theirs], [mine] = await chats.inbox(bo), await chats.inbox(ada)
    assert theirs["id"] == mine["id"] == id_
    assert theirs["last_message"] == mine["last_message"] == sent
    assert (theirs["unread"], mine["unread"]) == (1, 0)
    assert sent["sender"]["handle"] == "ada"
    assert [each["tag"] for each in sent["entities"]["tags"]] == ["spring"]
    assert {each["account"]["handle"] for each in theirs["members"]} == {"ada", "bo"}


async def test_conversation_without_messages_is_found_only_by_who_opened_it(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)

    assert [each["id"] for each in await chats.inbox(ada)] == [id_]
    assert await chats.inbox(bo) == []
    assert await chats.requests(bo) == []


async def test_opening_it_again_gives_the_same_one_to_either(
    world: World, chats: Chats, ada: Person, bo: Person
) -> None:
    first = await world.post("/v1/conversations", by=ada, json={"account_id": str(bo.id)})
    again = await world.post("/v1/conversations", by=bo, json={"account_id": str(ada.id)})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


async def test_five_who_open_it_at_once_get_one(world: World, chats: Chats, ada: Person, bo: Person) -> None:
    await world.fill_pool()

    ids = await asyncio.gather(*(chats.pair(*pair) for pair in [(ada, bo), (bo, ada)] * 3))

    assert len(set(ids)) == 1
    assert await world.value("SELECT count(*) FROM conversations") == 1
    assert await world.value("SELECT count(*) FROM conversation_members") == 2


async def test_pages_go_both_ways_in_the_order_of_sending(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    for number in range(7):
        await chats.send(ada if number % 2 else bo, id_, str(number))
    path = f"/v1/conversations/{id_}/messages?limit=3"

    first = await chats.get(bo, path)
    second = await chats.get(bo, f"{path}&cursor={first['next']}")
    third = await chats.get(bo, f"{path}&cursor={second['next']}")
    back = await chats.get(bo, f"{path}&cursor={third['prev']}")

    texts = [[item["text"] for item in page["items"]] for page in (first, second, third, back)]
    assert texts == [["6", "5", "4"], ["3", "2", "1"], ["0"], ["3", "2", "1"]]
    assert third["next"] is None


async def test_inbox_is_paged_by_latest_activity(world: World, chats: Chats, ada: Person) -> None:
    ids = [await chats.pair(await world.person(), ada) for _ in range(3)]
    people = await world.rows("SELECT account_id, conversation_id FROM conversation_members")
    assert len(people) == 6
    for id_ in (ids[1], ids[0], ids[2], ids[1]):
        await chats.send(ada, id_)

    first = await chats.get(ada, "/v1/conversations?limit=2")
    second = await chats.get(ada, f"/v1/conversations?limit=2&cursor={first['next']}")
    back = await chats.get(ada, f"/v1/conversations?limit=2&cursor={second['prev']}")

    assert [[each["id"] for each in page["items"]] for page in (first, second, back)] == [
        [ids[1], ids[2]],
        [ids[0]],
        [ids[1], ids[2]],
    ]


async def test_cleared_conversation_comes_back_empty_when_the_other_writes(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    await chats.send(ada, id_, "before")

    await chats.leave(bo, id_)

    assert await chats.inbox(bo) == []
    assert await chats.texts(bo, id_) == []
    await chats.send(ada, id_, "after")
    assert [each["unread"] for each in await chats.inbox(bo)] == [1]
    assert await chats.texts(bo, id_) == ["after"]
    assert await chats.texts(ada, id_) == ["before", "after"]


async def test_strangers_to_it_find_nothing(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.pair(ada, bo)
    message = await chats.send(ada, id_)
    base = f"/v1/conversations/{id_}"

    for method, path, body in (
        ("GET", base, None),
        ("GET", f"{base}/messages", None),
        ("GET", f"{base}/messages/{message['id']}", None),
        ("GET", f"{base}/messages/search?q=hello", None),
        ("GET", f"{base}/members", None),
        ("POST", f"{base}/messages", {"text": "Hi"}),
        ("POST", f"{base}/read", {"up_to": message["id"]}),
        ("POST", f"{base}/delivered", {"up_to": message["id"]}),
        ("POST", f"{base}/accept", None),
        ("POST", f"{base}/decline", None),
        ("PUT", f"{base}/mute", None),
        ("DELETE", f"{base}/mute", None),
        ("DELETE", base, None),
        ("PATCH", base, {"name": "x"}),
        ("PUT", f"{base}/members/{cleo.id}", None),
        ("PATCH", f"{base}/members/{cleo.id}", {"role": "owner"}),
        ("DELETE", f"{base}/members/{ada.id}", None),
        ("PATCH", f"{base}/messages/{message['id']}", {"text": "x"}),
        ("DELETE", f"{base}/messages/{message['id']}", None),
        ("DELETE", f"{base}/messages/{message['id']}?for=me", None),
        ("PUT", f"{base}/messages/{message['id']}/reactions/👍", None),
        ("DELETE", f"{base}/messages/{message['id']}/reactions/👍", None),
    ):
        reply = await world.request(method, path, by=cleo, **({"json": body} if body else {}))
        assert code_of(reply) == "404:conversation_not_found", (method, path)


async def test_two_have_no_group_to_run(world: World, chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.pair(ada, bo)
    cleo = await world.person()

    assert code_of(await chats.add(ada, id_, cleo)) == "409:not_a_group"
    assert code_of(await chats.remove(ada, id_, bo)) == "409:not_a_group"
    renamed = await world.patch(f"/v1/conversations/{id_}", by=ada, json={"name": "Us"})
    assert code_of(renamed) == "409:not_a_group"


async def test_nobody_talks_to_themselves_or_to_nobody(world: World, ada: Person) -> None:
    for body, expected in (
        ({"account_id": str(ada.id)}, "422:not_yourself"),
        ({"account_id": "7"}, "404:account_not_found"),
        ({}, "422:invalid"),
        ({"account_id": "7", "account_ids": []}, "422:invalid"),
    ):
        reply = await world.post("/v1/conversations", by=ada, json=body)
        assert code_of(reply) == expected
