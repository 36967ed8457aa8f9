"""What is left of a deleted post once a month is over: a row that says who might see what stands below."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubbub.posts.reactors import SCRUB_AFTER, scrub_deleted_posts
from hubbub.posts.service import purge
from tests.support.world import Person, World


async def delete_long_ago(world: World, who: Person, post: dict[str, Any], *, age: timedelta) -> None:
    (await world.delete(f"/v1/posts/{post['id']}", by=who)).raise_for_status()
    at = datetime.now(UTC) - age
    await world.rows("UPDATE posts SET deleted_at = $2 WHERE id = $1 RETURNING id", int(post["id"]), at)


async def test_words_and_reactions_are_kept_for_a_month_and_no_longer(world: World) -> None:
    ada, fan = await world.person(), await world.person()
    posts = [await world.write(ada, "About @nobody at example.org", content_warning="Mind") for _ in range(3)]
    for post in posts:
        for verb in ("like", "bookmark"):
            await world.put(f"/v1/posts/{post['id']}/{verb}", by=fan)
    await delete_long_ago(world, ada, posts[0], age=SCRUB_AFTER + timedelta(minutes=1))
    await delete_long_ago(world, ada, posts[1], age=SCRUB_AFTER - timedelta(minutes=1))

    await scrub_deleted_posts(world.db)

    kept = [int(post["id"]) for post in posts[1:]]
    for table in ("reactions", "bookmarks"):
        rows = await world.rows(f"SELECT post_id FROM {table} ORDER BY post_id")  # noqa: S608 - one of those
        assert [row["post_id"] for row in rows] == kept
    row = (await world.rows("SELECT text, content_warning, entities::text, language FROM posts ORDER BY id"))[
        0
    ]
    assert list(row.values()) == ["", "", "{}", None]


async def test_answers_below_are_seen_by_whom_the_root_was_shown_to(world: World) -> None:
    ada, fan, stranger = [await world.person() for _ in range(3)]
    await world.follow(fan, ada)
    post = await world.write(ada, visibility="followers")
    answer = await world.comment(fan, post)
    second = await world.comment(ada, answer)
    await delete_long_ago(world, ada, post, age=SCRUB_AFTER * 2)

    await scrub_deleted_posts(world.db)

    statuses = [(await world.get(f"/v1/posts/{second['id']}", by=by)).status_code for by in (fan, stranger)]
    assert statuses == [200, 404]


async def test_more_than_a_batch_is_forgotten_in_one_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    ada = await world.person()
    for post in [await world.write(ada) for _ in range(5)]:
        await delete_long_ago(world, ada, post, age=SCRUB_AFTER * 2)

    await scrub_deleted_posts(world.db)

    assert await world.rows("SELECT DISTINCT text FROM posts") == [{"text": ""}]


async def test_forgetting_again_changes_nothing(world: World) -> None:
    ada = await world.person()
    kept = await world.write(ada)
    await delete_long_ago(world, ada, await world.write(ada), age=SCRUB_AFTER * 2)
    await scrub_deleted_posts(world.db)
    before = await world.rows("SELECT id, text, deleted_at, xmin::text FROM posts ORDER BY id")

    await scrub_deleted_posts(world.db)

    assert await world.rows("SELECT id, text, deleted_at, xmin::text FROM posts ORDER BY id") == before
    assert (await world.get(f"/v1/posts/{kept['id']}")).status_code == 200
