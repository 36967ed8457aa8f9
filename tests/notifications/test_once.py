"""Each person is in each notification once, whatever they do and however many workers there are."""

import asyncio
import json
from typing import Any

from hubbub.graph import FollowRequested
from hubbub.notifications.recording import record
from hubbub.platform.db import Tx
from hubbub.reactions import PostLiked
from tests.notifications.support import added, like, notifications, told, unlike
from tests.support.outbox import settle
from tests.support.world import World


async def test_bomb_of_likes_and_unlikes_gives_one_notification_and_one_event(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    await like(world, bob, post)
    await world.settle()
    before = await notifications(world, ada)

    for _ in range(10):
        await unlike(world, bob, post)
        await like(world, bob, post)
        await record_only(world)

    assert await added(world) == []
    assert await notifications(world, ada) == before


async def test_bomb_within_one_batch_gives_one_event(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    for _ in range(5):
        await like(world, bob, post)
        await unlike(world, bob, post)
    await like(world, bob, post)

    await record_only(world)

    assert len(await added(world)) == 1
    assert await told(world, ada) == [("like", ["bob"])]


async def test_bombs_of_reposts_follows_and_requests_give_one_event_each(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    shy = await world.person("shy", is_private=True)
    post = await world.write(ada)
    for _ in range(4):
        for method in ("PUT", "DELETE", "PUT"):
            await world.request(method, f"/v1/posts/{post['id']}/repost", by=bob)
            await world.request(method, f"/v1/accounts/{ada.id}/follow", by=bob)
            await world.request(method, f"/v1/accounts/{shy.id}/follow", by=bob)
            await record_only(world)

    assert sorted(event["kind"] for event in map(read, await added(world))) == [
        "follow",
        "follow_request",
        "repost",
    ]
    assert len(await told(world, ada)) == 2
    assert await told(world, shy) == [("follow_request", ["bob"])]


async def test_many_likes_of_one_batch_give_one_event(world: World) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    for _ in range(12):
        await like(world, await world.person(), post)

    await record_only(world)

    [event] = map(read, await added(world))
    assert (event["count"], event["group_id"]) == (12, f"like-{post['id']}")


async def test_workers_that_record_the_same_at_once_record_it_once(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    await like(world, bob, post)
    event = PostLiked(post_id=int(post["id"]), author_id=ada.id, account_id=bob.id)
    await world.fill_pool()

    async def handle(tx: Tx) -> None:
        await record(tx, [event])

    await asyncio.gather(*(world.db.write(handle) for _ in range(8)))

    assert len(await added(world)) == 1
    [item] = await notifications(world, ada)
    assert item["count"] == 1


async def test_groups_that_many_workers_grow_at_once_count_everybody(world: World) -> None:
    ada = await world.person("ada")
    fans = [await world.person() for _ in range(10)]
    post = await world.write(ada)
    for fan in fans:
        await like(world, fan, post)
    await world.fill_pool()

    async def handle(fan_id: int) -> None:
        event = PostLiked(post_id=int(post["id"]), author_id=ada.id, account_id=fan_id)
        await world.db.write(lambda tx: record(tx, [event]))

    await asyncio.gather(*(handle(fan.id) for fan in fans))

    [item] = await notifications(world, ada)
    assert (item["count"], len(item["accounts"])) == (10, 8)


async def test_like_that_is_gone_when_its_event_comes_late_is_not_told(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    event = PostLiked(post_id=int(post["id"]), author_id=ada.id, account_id=bob.id)

    await world.db.write(lambda tx: record(tx, [event]))

    assert await told(world, ada) == []


async def test_request_that_is_gone_when_its_event_comes_late_is_not_told(world: World) -> None:
    ada, bob = await world.person("ada", is_private=True), await world.person("bob")
    event = FollowRequested(follower_id=bob.id, followee_id=ada.id)

    await world.db.write(lambda tx: record(tx, [event]))

    assert await told(world, ada) == []


async def record_only(world: World) -> None:
    """Handle what was announced, but deliver nothing."""
    await settle(world.services, only=("record",))


def read(body: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found
