"""Nobody is told of what they may not see, nor by whom they do not want to hear; judged when it is made, and
again whenever it is shown."""

import pytest

from tests.notifications.support import like, notifications, told, unread
from tests.support.world import Person, World


async def two(world: World) -> tuple[Person, Person]:
    return await world.person("ada"), await world.person("bob")


async def do_everything(world: World, who: Person, whom: Person) -> None:
    """All that tells of somebody, but for what needs a follow."""
    post = await world.write(whom)
    other = await world.write(whom)
    await like(world, who, post)
    await world.put(f"/v1/posts/{post['id']}/repost", by=who)
    await world.comment(who, post, "I see")
    await world.write(who, f"Hello @{whom.handle}")
    await world.write(who, "Look", quote=other["id"])
    await world.follow(who, whom)


KINDS = {"like", "repost", "comment", "mention", "quote", "follow"}


async def test_everything_is_told_between_people_who_hear_each_other(world: World) -> None:
    ada, bob = await two(world)
    await do_everything(world, bob, ada)

    assert {kind for kind, _ in await told(world, ada)} == KINDS


@pytest.mark.parametrize("how", ["mutes", "blocks", "is blocked", "is suspended", "is deactivated"])
@pytest.mark.parametrize("is_before", [True, False])
async def test_nothing_is_told_of_people_one_does_not_hear(world: World, how: str, is_before: bool) -> None:
    ada, bob = await two(world)
    await do_everything(world, bob, ada)
    if not is_before:
        await world.settle()
        assert await unread(world, ada) == len(KINDS)

    if how == "mutes":
        await world.mute(ada, bob)
    elif how == "blocks":
        await world.block(ada, bob)
    elif how == "is blocked":
        await world.block(bob, ada)
    else:
        await world.set_state(bob, "suspended" if how == "is suspended" else "deactivated")

    assert await told(world, ada) == []
    assert await unread(world, ada) == 0
    rows = await world.value("SELECT count(*) FROM notification_groups WHERE count > 0")
    assert (rows == 0) is is_before


async def test_who_mutes_only_reposts_hears_of_the_rest(world: World) -> None:
    ada, bob = await two(world)
    await world.mute(ada, bob, scope="reposts")
    await world.write(bob, "Hello @ada")

    assert await told(world, ada) == [("mention", ["bob"])]


async def test_person_muted_later_leaves_the_group_of_others(world: World) -> None:
    ada, bob = await two(world)
    cleo = await world.person("cleo")
    post = await world.write(ada)
    await like(world, bob, post)
    await like(world, cleo, post)
    await world.settle()

    await world.mute(ada, bob)

    [item] = await notifications(world, ada)
    assert ([account["handle"] for account in item["accounts"]], item["count"]) == (["cleo"], 1)
    people = (await world.get(f"/v1/notifications/{item['id']}/accounts", by=ada)).json()["items"]
    assert [person["handle"] for person in people] == ["cleo"]


async def test_group_whose_newest_people_are_hidden_shows_others(world: World) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    first = await world.person("first")
    await like(world, first, post)
    await world.settle()
    later = [await world.person() for _ in range(8)]
    for fan in later:
        await like(world, fan, post)
    await world.settle()

    for fan in later:
        await world.block(ada, fan)

    [item] = await notifications(world, ada)
    assert ([account["handle"] for account in item["accounts"]], item["count"]) == (["first"], 1)


async def test_mention_in_a_discussion_that_one_may_not_see_is_not_told(world: World) -> None:
    ada, bob = await two(world)
    cleo = await world.person("cleo")
    await world.follow(bob, cleo)
    root = await world.write(cleo, "For those who follow me", visibility="followers")

    await world.comment(bob, root, "What does @ada say?")

    assert await told(world, ada) == []
    assert await world.rows("SELECT 1 FROM notification_groups WHERE account_id = $1", ada.id) == []
    assert sorted(await told(world, cleo)) == [("comment", ["bob"]), ("follow", ["bob"])]


async def test_mention_by_a_private_account_is_told(world: World) -> None:
    ada, bob = await two(world)
    await world.set_private(bob)
    await world.write(bob, "Hello @ada")

    assert await told(world, ada) == [("mention", ["bob"])]


async def test_post_that_is_deleted_takes_its_notifications_along(world: World) -> None:
    ada, bob = await two(world)
    mine = await world.write(ada)
    await like(world, bob, mine)
    await world.put(f"/v1/posts/{mine['id']}/repost", by=bob)
    comment = await world.comment(bob, mine, "I see")
    mention = await world.write(bob, "Hello @ada")
    quote = await world.write(bob, "Look", quote=mine["id"])
    await world.settle()

    for post in (comment, mention, quote):
        await world.delete(f"/v1/posts/{post['id']}", by=bob)
    at_once = (await world.get("/v1/notifications", by=ada)).json()["items"]
    await world.delete(f"/v1/posts/{mine['id']}", by=ada)
    await world.settle()

    assert {item["kind"] for item in at_once} == {"like", "repost"}
    assert await told(world, ada) == []
    assert await world.value("SELECT count(*) FROM notification_groups") == 0
    assert await world.value("SELECT count(*) FROM notification_actors") == 0


async def test_post_that_is_narrowed_is_told_to_those_who_see_it_still(world: World) -> None:
    ada, bob = await two(world)
    cleo = await world.person("cleo")
    post = await world.write(bob, "Hello @ada")
    quoting = await world.write(cleo, "Look", quote=post["id"])
    await world.settle()

    await world.patch(f"/v1/posts/{quoting['id']}", by=cleo, json={"visibility": "followers"})
    await world.patch(f"/v1/posts/{post['id']}", by=bob, json={"visibility": "mentioned"})

    assert await told(world, ada) == [("mention", ["bob"])]
    assert await told(world, bob) == []
