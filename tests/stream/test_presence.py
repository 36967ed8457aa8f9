"""Who is connected, for those who may know."""

import asyncio
from collections.abc import Collection

import pytest

from hubbub.platform.db import Tx
from hubbub.platform.live import log as live_log
from hubbub.stream import presence, presence_rule
from tests.stream.support import Client, Served, until
from tests.support.world import Person, World


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.2)


@pytest.fixture
async def friends(world: World, ada: Person, bea: Person) -> None:
    """Ada follows bea, who so may see whether ada is connected."""
    await world.follow(ada, bea)


async def watching(at: Served, person: Person, whom: Person) -> Client:
    client = await at.ready(person)
    await client.subscribe(f"presence:{whom.id}")
    await client.got("presence")
    return client


async def close(client: Client) -> None:
    assert client.socket is not None
    await client.socket.close()


async def set_presence(world: World, person: Person, shown_to: str) -> None:
    reply = await world.patch("/v1/stream/preferences", by=person, json={"presence": shown_to})
    assert reply.json()["presence"] == shown_to


async def test_coming_and_going_is_told_on_every_process(
    served: Served, other: Served, ada: Person, bea: Person, friends: None, quick: None
) -> None:
    clients = [await watching(served, bea, ada), await watching(other, bea, ada)]
    theirs = await served.ready(ada)
    for client in clients:
        assert (await client.got("presence", 2))["state"] == "online"

    await close(theirs)

    for client in clients:
        last = await client.got("presence", 3)
        assert last["state"] == "offline"
        assert last["last_seen_at"] > "2026"


async def test_an_account_is_online_while_any_device_is(
    served: Served, other: Served, ada: Person, bea: Person, friends: None, quick: None
) -> None:
    one, two = await served.ready(ada), await other.ready(ada)
    client = await watching(other, bea, ada)
    assert client.of("presence")[-1]["state"] == "online"

    await close(one)
    await asyncio.sleep(0.5)
    assert len(client.of("presence")) == 1
    await close(two)

    assert (await client.got("presence", 2))["state"] == "offline"


async def test_who_is_back_at_once_has_not_been_away(
    served: Served, other: Served, ada: Person, bea: Person, friends: None, quick: None
) -> None:
    first = await served.ready(ada)
    client = await watching(other, bea, ada)

    await close(first)
    await other.ready(ada)
    await asyncio.sleep(0.5)

    assert [each["state"] for each in client.of("presence")] == ["online"]


async def test_who_went_with_a_process_is_found_to_be_away(
    served: Served, other: Served, ada: Person, bea: Person, friends: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_log, "DEVICE_SECONDS", 0.6)
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.2)
    await served.ready(ada)
    client = await watching(other, bea, ada)
    assert client.of("presence")[-1]["state"] == "online"

    # Nobody confirms the devices of a process that is dead.

    assert (await client.got("presence", 2))["state"] == "offline"


@pytest.mark.usefixtures("friends")
@pytest.mark.parametrize(
    ("shown_to", "seeing"), [("everyone", "ada bea cleo"), ("followed", "ada bea"), ("nobody", "ada")]
)
async def test_the_preference_says_who_may_see_it(
    served: Served, ada: Person, bea: Person, shown_to: str, seeing: str
) -> None:
    await set_presence(served.world, ada, shown_to)

    for person in (ada, bea, await served.world.person("cleo")):
        client = await served.ready(person)
        await client.say("subscribe", topics=[f"presence:{ada.id}"])
        await client.answered()
        reply = await served.world.get(f"/v1/presence?ids={ada.id}", by=person)
        sees = person.handle in seeing.split()
        assert len(client.of("subscribed")) == len(reply.json()["items"]) == int(sees)
        assert len(client.of("error")) == int(not sees)


async def test_hidden_and_missing_accounts_are_refused_alike(
    served: Served, ada: Person, bea: Person
) -> None:
    client = await served.ready(bea)

    await client.say("subscribe", topics=[f"presence:{ada.id}", "presence:7"])

    assert (await client.got("error"))["topics"] == [f"presence:{ada.id}", "presence:7"]


async def test_a_change_of_mind_cuts_those_who_watch(
    served: Served, other: Served, ada: Person, bea: Person, friends: None
) -> None:
    client = await watching(other, bea, ada)

    await set_presence(served.world, ada, "nobody")

    assert await client.got("unsubscribed") == {"topics": [f"presence:{ada.id}"], "reason": "forbidden"}
    await served.ready(ada)
    await client.answered()
    assert len(client.of("presence")) == 1


@pytest.mark.parametrize("by_watched", [True, False])
async def test_a_block_either_way_cuts_it(
    served: Served, other: Served, ada: Person, bea: Person, friends: None, by_watched: bool
) -> None:
    await set_presence(served.world, ada, "everyone")
    client = await watching(other, bea, ada)

    await served.world.block(*((ada, bea) if by_watched else (bea, ada)))

    assert (await client.got("unsubscribed"))["reason"] == "forbidden"
    assert (await served.world.get(f"/v1/presence?ids={ada.id}", by=bea)).json() == {"items": []}


async def test_whoever_is_not_followed_any_more_sees_nothing_more(
    served: Served, ada: Person, bea: Person, friends: None
) -> None:
    client = await watching(served, bea, ada)

    (await served.world.delete(f"/v1/accounts/{bea.id}/follow", by=ada)).raise_for_status()

    assert (await client.got("unsubscribed"))["reason"] == "forbidden"


async def test_whoever_asks_while_others_are_judged_is_told_nothing(
    served: Served, ada: Person, bea: Person, friends: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, cleo = await watching(served, bea, ada), await served.world.person("cleo")
    stranger = await served.ready(cleo)
    has_asked, is_told = asyncio.Event(), asyncio.Event()

    async def see_late(tx: Tx, *, viewer_id: int, account_ids: Collection[int]) -> set[int]:
        has_asked.set()
        await is_told.wait()
        return await presence_rule.select_seen(tx, viewer_id=viewer_id, account_ids=account_ids)

    async def judge_slowly(tx: Tx, *, account_id: int, viewer_ids: Collection[int]) -> set[int]:
        seeing = await presence_rule.select_seeing(tx, account_id=account_id, viewer_ids=viewer_ids)
        if cleo.id not in viewer_ids:
            await stranger.say("subscribe", topics=[f"presence:{ada.id}"])
            await has_asked.wait()
        return seeing

    monkeypatch.setattr(presence, "select_seen", see_late)
    monkeypatch.setattr(presence, "select_seeing", judge_slowly)
    await served.ready(ada)
    assert (await client.got("presence", 2))["state"] == "online"
    is_told.set()

    await stranger.answered()
    assert has_asked.is_set()
    assert stranger.of("presence") == []


async def test_presence_of_many_is_read_at_once(
    served: Served, ada: Person, bea: Person, friends: None
) -> None:
    await served.ready(ada)

    reply = await served.world.get(f"/v1/presence?ids={ada.id},{bea.id},7", by=bea)

    assert reply.json()["items"] == [
        {"account_id": str(ada.id), "state": "online", "last_seen_at": None},
        {"account_id": str(bea.id), "state": "offline", "last_seen_at": None},
    ]


async def test_preferences_keep_what_is_left_out(world: World, ada: Person) -> None:
    await set_presence(world, ada, "everyone")

    await world.patch("/v1/stream/preferences", by=ada, json={"typing": False})

    reply = await world.get("/v1/stream/preferences", by=ada)
    assert reply.json() == {"presence": "everyone", "typing": False}


async def test_defaults_hold_for_who_never_said_anything(world: World, ada: Person) -> None:
    assert (await world.get("/v1/stream/preferences", by=ada)).json() == {
        "presence": "followed",
        "typing": True,
    }


async def test_a_closed_stream_watches_nobody(
    served: Served, ada: Person, bea: Person, friends: None
) -> None:
    client = await watching(served, bea, ada)
    topics = served.world.services.part(presence.PresenceTopics)

    await close(client)

    await until(lambda: not topics._watchers)
    assert topics._told == {}
