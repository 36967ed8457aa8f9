"""What is told to whoever is connected."""

from typing import Any

import msgspec

from hubbub.platform.live import Entry, LiveLog, Opening, Seat
from tests.notifications.support import like, notifications, unlike
from tests.support.outbox import settle
from tests.support.world import Person, World


async def connect(world: World, who: Person) -> Opening:
    """With the id after which its frames come."""
    return await world.services.part(LiveLog).open(Seat(who.id, "phone"))


async def frames(world: World, who: Person, *, after: Opening, type_: str = "notification") -> list[Entry]:
    await world.settle()
    opening = await world.services.part(LiveLog).catch_up(who.id, after.newest, after.first)
    assert opening.state == "resumed"
    return [entry for entry in opening.entries if entry.type == type_.encode()]


def data(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(entry.data)
    return found


async def test_frame_is_the_notification_as_the_list_shows_it(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    start = await connect(world, ada)

    await like(world, bob, post)
    [frame] = await frames(world, ada, after=start)

    assert [data(frame)] == await notifications(world, ada)
    assert (frame.about, frame.post_id) == ((bob.id,), int(post["id"]))


async def test_thousand_likes_of_one_batch_are_one_frame(world: World) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    start = await connect(world, ada)
    for _ in range(15):
        await like(world, await world.person(), post)

    [frame] = await frames(world, ada, after=start)

    assert data(frame)["count"] == 15


async def test_like_that_was_gone_when_it_was_to_be_told_is_told_once_it_is_back(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    start = await connect(world, ada)
    await like(world, bob, post)
    await settle(world.services, only=("record",))
    await unlike(world, bob, post)
    await settle(world.services, only=("record",))
    assert await frames(world, ada, after=start) == []

    await like(world, bob, post)
    [frame] = await frames(world, ada, after=start)
    await unlike(world, bob, post)
    await world.settle()
    await like(world, bob, post)

    assert data(frame)["count"] == 1
    assert await frames(world, ada, after=start) == [frame]


async def test_who_is_not_connected_costs_nothing_but_a_look(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await like(world, bob, await world.write(ada))

    with world.counted() as cost:
        await world.settle()

    assert [sql for sql in cost.statements if "FROM notification_groups LEFT JOIN" in sql] == []


async def test_marker_goes_to_ones_own_devices(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await like(world, bob, await world.write(ada))
    await like(world, bob, await world.write(ada))
    items = await notifications(world, ada)
    start = await connect(world, ada)

    await world.post("/v1/notifications/read", by=ada, json={"up_to": items[1]["latest_id"]})
    [frame] = await frames(world, ada, after=start, type_="marker")

    assert data(frame) == {"marker": "notifications", "up_to": items[1]["latest_id"], "unread": 1}


async def test_frame_is_told_once_though_its_event_is_handled_twice(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    start = await connect(world, ada)
    await world.write(bob, "Hello @ada")
    first = await frames(world, ada, after=start)
    await world.rows(
        """
        INSERT INTO outbox (lane, consumer, id, kind, body, not_before)
        VALUES (0, 'deliver', 1, 'NotificationAdded', $1::jsonb, now()) RETURNING id
        """,
        msgspec.json.encode(
            {
                "type": "NotificationAdded",
                "account_id": ada.id,
                "id": int(data(first[0])["latest_id"]),
                "group_id": data(first[0])["id"],
                "kind": "mention",
                "object_id": int(data(first[0])["post"]["id"]),
                "actor_id": bob.id,
                "count": 1,
            }
        ).decode(),
    )

    assert await frames(world, ada, after=start) == first
