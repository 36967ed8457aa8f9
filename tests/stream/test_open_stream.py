"""How a stream is opened, and who is refused before the upgrade."""

import pytest

from hubbub.platform.live import LiveLog
from tests.stream.support import Served, bearer, news
from tests.support.world import Person, World


async def test_the_first_frame_names_the_newest_event(served: Served, ada: Person) -> None:
    client = await served.ready(ada)

    assert client.frames[0]["type"] == "ready"
    assert client.frames[0]["id"]


async def test_the_token_may_come_as_a_subprotocol(served: Served, ada: Person) -> None:
    client = await served.open(subprotocols=["hubbub.v1", f"bearer.{ada.token}"])

    await client.got("ready")
    assert client.socket is not None
    assert client.socket.subprotocol == "hubbub.v1"


async def test_events_come_to_a_socket_and_as_server_sent_events(served: Served, ada: Person) -> None:
    socket, events = await served.ready(ada), await served.events(ada)
    await events.got("ready")

    await served.world.services.part(LiveLog).tell([news(ada, 1)])

    assert (await socket.got("feed"))["post_id"] == "1" == (await events.got("feed"))["post_id"]
    assert [frame.get("id") for frame in socket.frames][1:] == [frame.get("id") for frame in events.frames][
        1:
    ]


async def test_resuming_replays_what_came_since(served: Served, other: Served, ada: Person) -> None:
    log = served.world.services.part(LiveLog)
    first = await served.ready(ada)
    await log.tell([news(ada, 1)])
    await first.got("feed")
    last = first.frames[-1]["id"]
    await log.tell([news(ada, n) for n in (2, 3)])

    again = await other.ready(ada, f"?resume_from={last}")
    events = await other.events(ada, Last_Event_ID=last)

    for client in (again, events):
        await client.got("feed", 2)
        assert [each["post_id"] for each in client.of("feed")] == ["2", "3"]
        assert client.of("reset") == []


@pytest.mark.parametrize("id_", ["9999999999999-0", "1-1"])
async def test_an_id_of_the_future_or_of_somebody_else_resets(
    served: Served, ada: Person, bea: Person, id_: str
) -> None:
    theirs = await served.ready(bea)
    await served.world.services.part(LiveLog).tell([news(bea, 1)])
    await theirs.got("feed")

    client = await served.ready(ada, f"?resume_from={id_}")
    foreign = await served.events(ada, Last_Event_ID=theirs.frames[-1]["id"])

    await client.got("reset")
    await foreign.got("ready")
    await foreign.got("reset")
    assert client.of("feed") == foreign.of("feed") == []


@pytest.mark.parametrize("id_", ["-1", "1" * 41, "a-b", "1-0%0d%0aevent:%20x", "0x1-1", "1-1-1"])
async def test_an_id_that_no_event_could_have_is_refused(served: Served, ada: Person, id_: str) -> None:
    assert (await served.refused(ada, f"?resume_from={id_}")) == (400, "bad_event_id")


@pytest.mark.parametrize("id_", ["-1", "1" * 41, "a-b", "1-1, 2-2"])
async def test_a_last_event_id_that_no_event_could_have_is_refused(
    served: Served, ada: Person, id_: str
) -> None:
    client = await served.events(ada, Last_Event_ID=id_)

    assert (client.of("problem")[0]["status"], client.of("problem")[0]["code"]) == (400, "bad_event_id")


async def test_nobody_is_let_in_without_a_token(served: Served) -> None:
    assert await served.refused() == (401, "unauthorized")
    evil = {"Cookie": "session=1", "Origin": "https://evil.example"}
    assert (await served.refused(headers=evil))[0] in (401, 403)


async def test_a_token_in_the_url_is_refused(served: Served, ada: Person) -> None:
    assert (await served.refused(query=f"?access_token={ada.token}"))[0] == 401


async def test_an_ordinary_request_is_told_to_upgrade(world: World, ada: Person) -> None:
    reply = await world.get("/v1/stream", by=ada)

    assert (reply.status_code, reply.json()["code"]) == (426, "upgrade_required")


async def test_a_head_request_opens_nothing(world: World, ada: Person) -> None:
    reply = await world.request("HEAD", "/v1/stream", headers={"Accept": "text/event-stream", **bearer(ada)})

    assert reply.status_code == 200
    assert await world.services.part(LiveLog).connected([ada.id]) == set()


async def test_an_account_has_at_most_twenty_streams_over_all_processes(
    served: Served, other: Served, ada: Person
) -> None:
    for number in range(20):
        await (served if number % 2 else other).ready(ada)

    assert await served.refused(ada) == (429, "too_many_streams")
    assert await other.refused(ada) == (429, "too_many_streams")


async def test_a_closed_stream_makes_room(served: Served, ada: Person) -> None:
    clients = [await served.ready(ada) for _ in range(20)]
    assert clients[0].socket is not None

    await clients[0].socket.close()

    await served.ready(ada)


async def test_what_others_do_comes_as_notifications_and_their_marker_too(
    served: Served, ada: Person, bea: Person
) -> None:
    post = await served.world.write(ada)
    client = await served.ready(ada)

    await served.world.put(f"/v1/posts/{post['id']}/like", by=bea)
    await served.world.settle()
    shown = await client.got("notification")
    await served.world.post("/v1/notifications/read", by=ada, json={"up_to": shown["latest_id"]})
    await served.world.settle()

    assert (shown["kind"], shown["count"]) == ("like", 1)
    assert (await client.got("marker"))["unread"] == 0
