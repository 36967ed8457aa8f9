import pytest

from hubbub.accounts import AccountPurged
from hubbub.notifications import Kind, notify, removal, send_notice
from hubbub.platform.outbox import announce
from tests.notifications.support import like, notifications, told
from tests.support.world import Person, World

TABLES = (
    "notification_groups",
    "notification_actors",
    "notification_markers",
    "notification_preferences",
    "muted_threads",
    "bells",
    "notices",
)
FIND = "SELECT count(*) FROM {} AS t WHERE strpos(t::text, $1) > 0"


async def named(world: World, who: Person) -> dict[str, int]:
    """Rows that hold the person's id, by table."""
    return {name: await world.value(FIND.replace("{}", name), str(who.id)) for name in TABLES}


async def live(world: World, ada: Person, bob: Person, cleo: Person) -> None:
    """Rows in every table that name Ada, for what she was told and for what others were told of her."""
    for one, other in ((ada, bob), (bob, ada), (ada, cleo)):
        await world.follow(one, other)
        await world.put(f"/v1/accounts/{other.id}/bell", by=one)
        post = await world.write(other, f"Hello @{one.handle}")
        await like(world, one, post)
        await world.put(f"/v1/posts/{post['id']}/mute-thread", by=one)
    await world.settle()
    async with world.db.transaction() as tx:
        await send_notice(tx, account_id=ada.id, text="Be kind")
        await notify(tx, account_id=bob.id, kind=Kind.MESSAGE_REQUEST, object_id=77, actor_id=ada.id)
    [newest, *_] = await notifications(world, ada)
    await world.post("/v1/notifications/read", by=ada, json={"up_to": newest["latest_id"]})
    await world.patch("/v1/notifications/preferences", by=ada, json={"quiet_hours": None})


@pytest.mark.parametrize("batch", [1, 2, 500])
async def test_nothing_is_left_of_a_purged_account(
    world: World, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(removal, "BATCH", batch)
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    await live(world, ada, bob, cleo)
    assert all((await named(world, ada)).values())

    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))
    await world.settle()

    assert await named(world, ada) == dict.fromkeys(TABLES, 0)


async def test_groups_of_others_go_on_without_a_purged_account(world: World) -> None:
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    post = await world.write(cleo)
    await like(world, ada, post)
    await like(world, bob, post)
    await world.settle()

    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))

    [item] = await notifications(world, cleo)
    assert (item["count"], [card["handle"] for card in item["accounts"]]) == (1, ["bob"])


@pytest.mark.parametrize("batch", [1, 2])
async def test_people_of_a_deleted_post_go_in_batches(
    world: World, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(removal, "BATCH", batch)
    ada = await world.person("ada")
    post, other = await world.write(ada), await world.write(ada)
    for _ in range(5):
        await like(world, await world.person(), post)
    await like(world, await world.person("bob"), other)
    await world.settle()

    await world.delete(f"/v1/posts/{post['id']}", by=ada)

    assert await told(world, ada) == [("like", ["bob"])]
    assert await world.value("SELECT count(*) FROM notification_actors") == 1


async def test_large_dismissed_groups_are_marked_in_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "BATCH", 2)
    ada = await world.person("ada")
    post = await world.write(ada)
    for _ in range(7):
        await like(world, await world.person(), post)
    [item] = await notifications(world, ada)

    await world.delete(f"/v1/notifications/{item['id']}", by=ada)

    assert await told(world, ada) == []
    assert await world.value("SELECT count(*) FROM notification_actors WHERE state = 2") == 7
