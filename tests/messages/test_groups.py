"""Groups: roles, coming and going, and what newcomers see."""

from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.messages.service import members as members_verbs
from tests.messages.support import Chats, code_of
from tests.support.world import Person, World, open_world, settings_for


async def test_a_group_begins_with_its_owner_and_members(
    chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo, cleo, name="Choir")

    assert await chats.members(bo, id_) == {
        str(ada.id): "owner",
        str(bo.id): "member",
        str(cleo.id): "member",
    }
    [seen] = await chats.inbox(cleo)
    assert (seen["name"], seen["members_count"], seen["may_write"]) == ("Choir", 3, True)


async def test_newcomers_see_what_is_written_after_they_joined(
    chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo)
    before = await chats.send(ada, id_, "before")

    assert code_of(await chats.add(ada, id_, cleo)) == "200"
    await chats.send(ada, id_, "after")

    assert await chats.texts(cleo, id_) == ["after"]
    assert await chats.unread(cleo, id_) == 1
    single = await chats.world.get(f"/v1/conversations/{id_}/messages/{before['id']}", by=cleo)
    assert code_of(single) == "404:message_not_found"
    assert code_of(await chats.try_send(cleo, id_, reply_to=before["id"])) == "404:message_not_found"
    assert code_of(await chats.react(cleo, before, "👍")) == "404:message_not_found"


async def test_newcomers_see_all_where_the_group_says_so(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada)
    await chats.send(ada, id_, "before")
    await chats.add(ada, id_, bo)
    (await world.patch(f"/v1/conversations/{id_}", by=ada, json={"history": "all"})).raise_for_status()
    await chats.add(ada, id_, cleo)

    assert await chats.texts(bo, id_) == []
    assert await chats.texts(cleo, id_) == ["before"]
    assert await chats.unread(cleo, id_) == 0


async def test_who_was_removed_finds_nothing_and_begins_anew_when_added_again(
    chats: Chats, ada: Person, bo: Person
) -> None:
    id_ = await chats.group(ada, bo)
    await chats.send(ada, id_, "first time")

    await chats.remove(ada, id_, bo)

    assert code_of(await chats.try_send(bo, id_)) == "404:conversation_not_found"
    assert await chats.inbox(bo) == []
    await chats.send(ada, id_, "meanwhile")
    await chats.add(ada, id_, bo)
    await chats.send(ada, id_, "second time")
    assert await chats.texts(bo, id_) == ["second time"]


async def test_who_left_is_only_asked_to_come_back(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.group(ada, bo)
    await chats.leave(bo, id_)

    await chats.add(ada, id_, bo)

    assert await chats.inbox(bo) == []
    assert await chats.requests(bo) == [id_]
    assert code_of(await chats.try_send(bo, id_)) == "403:request_not_accepted"
    await chats.accept(bo, id_)
    assert code_of(await chats.try_send(bo, id_)) == "201"


async def test_roles_allow_what_they_allow(world: World, chats: Chats) -> None:
    owner, admin, other_admin, member, new = [await world.person() for _ in range(5)]
    id_ = await chats.group(owner, admin, other_admin, member)
    for person in (admin, other_admin):
        await chats.change_role(owner, id_, person, "admin")
    refused, rename = "403:not_group_admin", {"name": "Ours"}

    async def renamed(by: Person) -> str:
        return code_of(await world.patch(f"/v1/conversations/{id_}", by=by, json=rename))

    assert [await renamed(by) for by in (owner, admin, member)] == ["200", "200", refused]
    assert code_of(await chats.add(member, id_, new)) == refused
    assert code_of(await chats.add(admin, id_, new)) == "200"
    assert code_of(await chats.remove(member, id_, new)) == refused
    assert code_of(await chats.remove(admin, id_, other_admin)) == refused
    assert code_of(await chats.remove(admin, id_, owner)) == refused
    assert code_of(await chats.remove(admin, id_, new)) == "204"
    assert code_of(await chats.change_role(admin, id_, member, "admin")) == refused
    assert code_of(await chats.change_role(owner, id_, owner, "member")) == refused
    assert code_of(await chats.change_role(owner, id_, new, "admin")) == "404:member_not_found"
    assert code_of(await chats.remove(owner, id_, other_admin)) == "204"


async def test_the_owner_hands_the_group_over(chats: Chats, ada: Person, bo: Person) -> None:
    id_ = await chats.group(ada, bo)

    assert code_of(await chats.change_role(ada, id_, bo, "owner")) == "200"

    assert await chats.members(ada, id_) == {str(ada.id): "admin", str(bo.id): "owner"}


async def test_the_oldest_admin_or_member_inherits_from_an_owner_who_leaves(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo, cleo)
    await chats.change_role(ada, id_, cleo, "admin")

    await chats.leave(ada, id_)
    assert await chats.members(bo, id_) == {str(bo.id): "member", str(cleo.id): "owner"}
    await chats.leave(cleo, id_)
    assert await chats.members(bo, id_) == {str(bo.id): "owner"}


async def test_nothing_is_left_of_a_group_that_everybody_left(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    await chats.prefer(cleo, who_may_write="nobody")
    id_ = await chats.group(ada, bo, cleo)
    message = await chats.send(ada, id_)
    await chats.react(bo, message, "👍")
    await chats.delete(bo, message, "me")

    await chats.leave(ada, id_)
    await chats.leave(bo, id_)
    await world.settle()

    left = """
        SELECT count(*) FROM (
            SELECT id FROM conversations UNION ALL SELECT id FROM messages
            UNION ALL SELECT id FROM conversation_members UNION ALL SELECT id FROM message_reactions
            UNION ALL SELECT message_id FROM hidden_messages
        ) AS rows
    """
    assert await world.value(left) == 0
    assert await chats.requests(cleo) == []


async def test_a_group_is_bounded(
    chats: Chats, ada: Person, bo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await chats.group(ada)
    monkeypatch.setattr(members_verbs, "MAX_MEMBERS", 1)

    assert code_of(await chats.add(ada, id_, bo)) == "409:group_full"


async def test_whom_one_blocks_or_is_blocked_by_one_does_not_add(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada)
    await world.block(ada, bo)
    await world.block(cleo, ada)

    for person in (bo, cleo):
        assert code_of(await chats.add(ada, id_, person)) == "404:account_not_found"
    body = {"account_ids": [str(bo.id)]}
    made = await world.post("/v1/conversations", by=ada, json=body)
    assert code_of(made) == "404:account_not_found"


async def test_a_block_hides_messages_in_a_group_both_ways(
    world: World, chats: Chats, ada: Person, bo: Person, cleo: Person
) -> None:
    id_ = await chats.group(ada, bo, cleo)
    await chats.send(cleo, id_, "by cleo")
    theirs = await chats.send(bo, id_, "by bo")

    await world.block(bo, cleo)

    assert [await chats.texts(person, id_) for person in (ada, bo, cleo)] == [
        ["by cleo", "by bo"],
        ["by bo"],
        ["by cleo"],
    ]
    assert [await chats.unread(person, id_) for person in (ada, bo, cleo)] == [2, 0, 0]
    [seen] = await chats.inbox(cleo)
    assert seen["last_message"]["text"] == "by cleo"
    assert code_of(await chats.react(cleo, theirs, "👍")) == "404:message_not_found"
    found = await chats.get(cleo, f"/v1/conversations/{id_}/messages/search?q=by")
    assert [item["text"] for item in found["items"]] == ["by cleo"]


async def test_members_are_paged(world: World, chats: Chats, ada: Person) -> None:
    others = [await world.person() for _ in range(4)]
    id_ = await chats.group(ada, *others)
    path = f"/v1/conversations/{id_}/members?limit=2"

    first = await chats.get(ada, path)
    second = await chats.get(ada, f"{path}&cursor={first['next']}")
    third = await chats.get(ada, f"{path}&cursor={second['next']}")

    ids = [item["account_id"] for page in (first, second, third) for item in page["items"]]
    assert ids == [str(person.id) for person in (*reversed(others), ada)]
    assert third["next"] is None


async def test_how_many_people_one_account_addresses_is_bounded(
    database_url: str, valkey_url: str, clean: None, tmp_path: Path
) -> None:
    settings = replace(settings_for(database_url, valkey_url, tmp_path), rate_factor=0.01)
    async with open_world(settings) as world:
        ada, *others = [await world.person() for _ in range(8)]
        body = {"account_ids": [str(other.id) for other in others]}

        made = await world.post("/v1/conversations", by=ada, json={"account_ids": body["account_ids"][:6]})
        added = await world.put(f"/v1/conversations/{made.json()['id']}/members/{others[6].id}", by=ada)
        again = await world.post("/v1/conversations", by=ada, json={"account_id": body["account_ids"][0]})

        assert [code_of(reply) for reply in (made, added, again)] == ["201", *["429:quota_exceeded"] * 2]
        assert "contact-subject" in added.headers["RateLimit-Policy"]
