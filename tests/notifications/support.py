"""What is asked of notifications, in few words."""

from typing import Any

from tests.support.world import Person, World

Item = dict[str, Any]


async def notifications(world: World, by: Person, **query: Any) -> list[Item]:
    """The first page, once all that was announced has been handled."""
    await world.settle()
    reply = await world.get("/v1/notifications", by=by, params=query)
    assert reply.status_code == 200, reply.text
    items: list[Item] = reply.json()["items"]
    return items


async def told(world: World, by: Person, **query: Any) -> list[tuple[str, list[str]]]:
    """Kind and handles of each notification, newest first."""
    return [brief(item) for item in await notifications(world, by, **query)]


def brief(item: Item) -> tuple[str, list[str]]:
    return item["kind"], [account["handle"] for account in item["accounts"]]


async def unread(world: World, by: Person) -> int:
    found: int = (await world.get("/v1/notifications/unread", by=by)).json()["count"]
    return found


async def like(world: World, by: Person, post: Item) -> None:
    (await world.put(f"/v1/posts/{post['id']}/like", by=by)).raise_for_status()


async def unlike(world: World, by: Person, post: Item) -> None:
    (await world.delete(f"/v1/posts/{post['id']}/like", by=by)).raise_for_status()


async def added(world: World) -> list[str]:
    """Bodies of the events of the last batch, before they are delivered."""
    rows = await world.rows(
        """
        SELECT body::text AS body FROM outbox
        WHERE kind = 'NotificationAdded' AND consumer = 'deliver' ORDER BY id
        """
    )
    return [row["body"] for row in rows]
