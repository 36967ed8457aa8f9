from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubbub.accounts import AccountPurged
from hubbub.posts import reactors
from hubbub.posts.events import PostDeleted, PostRemnantsLeft, PurgedPostsLeft
from hubbub.posts.service import purge
from hubbub.reactions import bookmark_post, like_post
from tests.posts.readers import ids
from tests.posts.verbs import repost
from tests.support.world import Person, World


async def handle(world: World, handler: Any, events: Sequence[Any]) -> None:
    async with world.db.transaction() as tx:
        await handler(tx, events)


async def like(world: World, post: dict[str, Any], by: Person) -> None:
    async with world.db.transaction() as tx:
        await like_post(tx, post_id=int(post["id"]), author_id=1, account_id=by.id)


async def purge_all(world: World, who: Person) -> None:
    """As the worker does: handle the event, and what it announces, until nothing is left."""
    events: Sequence[Any] = [AccountPurged(account_id=who.id)]
    while events:
        await world.value("DELETE FROM outbox WHERE kind = 'PurgedPostsLeft'")
        await handle(world, reactors.purge_posts, events)
        is_left = await world.announced("PurgedPostsLeft")
        events = [PurgedPostsLeft(account_id=who.id)] if is_left else []


async def test_likes_lift_a_comment_once_they_are_folded_however_often(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    a, b = await world.comment(ada, post), await world.comment(ada, post)
    path = f"/v1/posts/{post['id']}/comments?order=top"
    for liked, by in ((a, ada), (a, bob), (post, bob)):
        await like(world, liked, by)

    before = await ids(world, path)
    await world.settle()
    await handle(world, reactors.rank_comments, [int(a["id"]), int(post["id"]), ada.id])

    assert before == [b["id"], a["id"]]
    assert await ids(world, path) == [a["id"], b["id"]]
    assert await world.rows("SELECT likes FROM comment_ranks ORDER BY likes") == [{"likes": 0}, {"likes": 2}]


async def test_purge_leaves_nothing_of_an_account_in_bounded_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 3)
    ada, bob = await world.person(), await world.person()
    post = await world.write(bob)
    mine = await world.write(ada, "About #rivers")
    await world.patch(f"/v1/posts/{mine['id']}", by=ada, json={"text": "About #seas"})
    await world.comment(ada, post)
    await world.write(ada, quote=post["id"])
    deleted = await world.comment(ada, post)
    await world.delete(f"/v1/posts/{deleted['id']}", by=ada)
    await repost(world, ada, post["id"])
    await like(world, mine, bob)
    async with world.db.transaction() as tx:
        await bookmark_post(tx, post_id=int(mine["id"]), account_id=bob.id)

    await purge_all(world, ada)

    assert await world.rows("SELECT id FROM posts") == [{"id": int(post["id"])}]
    for table in ("post_tags", "post_revisions", "comment_ranks", "bookmarks"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608 - one of those above
    assert await world.value("SELECT count(*) FROM reactions WHERE post_id = $1", int(mine["id"])) == 0
    counts = (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]
    assert (counts["comments"], counts["quotes"]) == (0, 0)


async def test_purge_spares_everybody_else(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    posts = [await world.write(bob), await world.write(bob, "Seas #seas")]

    await purge_all(world, ada)

    assert await ids(world, f"/v1/accounts/{bob.id}/posts") == [post["id"] for post in posts[::-1]]
    assert await world.announced("PostDeleted") == 0


async def test_reposts_of_a_deleted_post_are_removed_in_bounded_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    ada = await world.person()
    post = await world.write(ada)
    for _ in range(3):
        await repost(world, await world.person(), post["id"])
    await world.delete(f"/v1/posts/{post['id']}", by=ada)
    id_ = int(post["id"])

    await handle(world, reactors.remove_remnants, [PostDeleted(post_id=id_, author_id=ada.id)])
    after_one = await world.value("SELECT count(*) FROM posts WHERE repost_of IS NOT NULL")
    await handle(world, reactors.remove_remnants, [PostRemnantsLeft(post_id=id_)])

    assert after_one == 1
    assert await world.announced("PostRemnantsLeft") == 1
    assert await world.value("SELECT count(*) FROM posts WHERE repost_of IS NOT NULL") == 0


async def test_words_of_a_post_deleted_long_ago_are_forgotten(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    old, new = await world.write(ada, "Old"), await world.write(ada, "New")
    comment = await world.comment(bob, old)
    await world.patch(f"/v1/posts/{old['id']}", by=ada, json={"text": "Older"})
    for post in (old, new):
        await world.delete(f"/v1/posts/{post['id']}", by=ada)
    long_ago = datetime.now(UTC) - reactors.SCRUB_AFTER - timedelta(hours=1)
    await world.value("UPDATE posts SET deleted_at = $2 WHERE id = $1", int(old["id"]), long_ago)

    await reactors.scrub_deleted_posts(world.db)

    texts = await world.rows("SELECT text FROM posts ORDER BY id")
    assert [row["text"] for row in texts] == ["", "New", "An answer"]
    assert await world.value("SELECT count(*) FROM post_revisions") == 0
    assert (await world.get(f"/v1/posts/{comment['id']}")).status_code == 200
