"""What people have pushed to them, and how it is sent."""

from typing import Any

from hubbub.push import Notice, PushServices, plan_pushes
from tests.push.browser import Browser
from tests.push.servers import Service
from tests.support.world import Person, World


async def subscribe(
    world: World, person: Person, service: Service, path: str = "/push/1", **more: Any
) -> Browser:
    """A browser of theirs."""
    browser = Browser(service.url + path)
    reply = await world.post("/v1/push/subscriptions", by=person, json={"web": browser.subscription, **more})
    assert reply.status_code == 201, reply.text
    return browser


def notice(person: Person, group: str = "like-1", **changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "account_id": person.id,
        "type": "notification",
        "kind": "like",
        "group": group,
        "closed_title": "Somebody liked your post",
        "open_title": "Bo liked your post",
        "open_body": "What a secret garden",
        "ids": {"post_id": "12"},
    }
    return Notice(**fields | changes)


async def plan(world: World, *notices: Notice) -> None:
    """Left to be sent."""
    async with world.db.transaction() as tx:
        await plan_pushes(tx, world.services.keyring, notices)


async def push(world: World, *notices: Notice) -> None:
    await plan(world, *notices)
    await send(world)


async def send(world: World) -> None:
    """All that was announced is handled, and all that is due is sent."""
    await world.settle()
    await world.services.part(PushServices).sender.drain()


async def make_due(world: World) -> None:
    """What was put off, or is claimed, is due at once."""
    await world.rows("UPDATE pushes SET due_at = now()")
    await world.rows("UPDATE push_subscriptions SET retry_at = '-infinity'")


async def subscriptions(world: World, person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.get("/v1/push/subscriptions", by=person)).json()["items"]
    return found
