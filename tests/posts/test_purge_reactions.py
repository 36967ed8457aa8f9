import asyncio

import pytest

from hubbub.accounts import AccountPurged
from hubbub.platform.outbox import announce
from hubbub.reactions import service
from tests.posts.readers import ids
from tests.support.world import Person, World

TABLES = ("reactions", "bookmarks", "pins")


async def purge(world: World, who: Person) -> None:
    await world.set_state(who, "deleted")
    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=who.id))
    await world.settle()


async def test_what_a_purged_account_did_to_posts_is_taken_back_in_bounded_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PURGE_BATCH", 3)
    ada, bob = await world.person(), await world.person()
    posts = [await world.write(bob) for _ in range(4)]
    mine = await world.write(ada)
    for post in [*posts, mine]:
        for verb in ("like", "repost", "bookmark"):
            await world.put(f"/v1/posts/{post['id']}/{verb}", by=ada)
    await world.put(f"/v1/posts/{posts[0]['id']}/like", by=bob)
    await world.put(f"/v1/posts/{mine['id']}/pin", by=ada)

    await purge(world, ada)

    left = [
        await world.value(f"SELECT count(*) FROM {table} WHERE account_id = $1", ada.id)  # noqa: S608
        for table in TABLES
    ]
    assert left == [0, 0, 0]
    counts = [(await world.get(f"/v1/posts/{post['id']}", by=bob)).json()["counts"] for post in posts]
    assert [each["likes"] for each in counts] == [1, 0, 0, 0]
    assert [each["reposts"] for each in counts] == [0, 0, 0, 0]
    assert await world.value("SELECT count(*) FROM dead_letters") == 0


async def test_comment_loses_the_rank_that_a_purged_account_gave_it(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(bob)
    first, second = await world.comment(bob, post), await world.comment(bob, post)
    await world.put(f"/v1/posts/{first['id']}/like", by=ada)
    await world.settle()
    path = f"/v1/posts/{post['id']}/comments?order=top"
    before = await ids(world, path)

    await purge(world, ada)

    assert before == [first["id"], second["id"]]
    assert await ids(world, path) == [second["id"], first["id"]]


async def test_purge_takes_back_what_is_undone_at_the_same_time_once(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    posts = [await world.write(bob) for _ in range(8)]
    for post in posts:
        await world.put(f"/v1/posts/{post['id']}/like", by=ada)
    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))
    await world.fill_pool()

    await asyncio.gather(
        world.settle(), *(world.delete(f"/v1/posts/{post['id']}/like", by=ada) for post in posts)
    )

    counts = [(await world.get(f"/v1/posts/{post['id']}", by=bob)).json()["counts"] for post in posts]
    assert [each["likes"] for each in counts] == [0] * 8
