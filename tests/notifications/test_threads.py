from typing import Any

from tests.notifications.support import like, told
from tests.support.world import Person, World


async def mute(world: World, by: Person, post: dict[str, Any], *, method: str = "PUT") -> dict[str, Any]:
    reply = await world.request(method, f"/v1/posts/{post['id']}/mute-thread", by=by)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_muted_discussion_tells_nothing_more(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.write(ada)
    own = await world.comment(ada, root, "As I said")

    assert await mute(world, ada, own) == {"root": root["id"], "muted": True}
    await mute(world, ada, root)
    await world.comment(bob, own)
    await like(world, bob, root)
    await like(world, bob, own)
    await world.comment(bob, root, "Hello @ada")

    assert await told(world, ada) == []


async def test_other_discussions_go_on(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    muted, other = await world.write(ada), await world.write(ada)
    await mute(world, ada, muted)

    await like(world, bob, muted)
    await like(world, bob, other)
    await world.write(bob, "Hello @ada")

    assert sorted(await told(world, ada)) == [("like", ["bob"]), ("mention", ["bob"])]


async def test_unmuted_discussion_tells_from_then_on(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.write(ada)
    await mute(world, ada, root)
    await world.comment(bob, root)
    await world.settle()

    assert await mute(world, ada, root, method="DELETE") == {"root": root["id"], "muted": False}
    await mute(world, ada, root, method="DELETE")
    before = await told(world, ada)
    await world.comment(bob, root)

    assert (before, await told(world, ada)) == ([], [("comment", ["bob"])])


async def test_discussion_that_was_hidden_since_can_be_unmuted(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.write(bob)
    await mute(world, ada, root)
    await world.block(bob, ada)

    first = await world.delete(f"/v1/posts/{root['id']}/mute-thread", by=ada)
    again = await world.delete(f"/v1/posts/{root['id']}/mute-thread", by=ada)

    assert (first.status_code, again.status_code) == (200, 404)
