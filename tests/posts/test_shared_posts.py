"""Posts of many authors in one statement: each as if it had been alone, and each once."""

import asyncio
from typing import Any

import pytest

from hubbub.platform.ids import new_id
from hubbub.posts import Post
from hubbub.posts.events import PostCreated
from hubbub.posts.service.press import NewPost, insert_posts
from tests.support.storms import assert_no_drift
from tests.support.world import World


def draft(author_id: int, *, tags: tuple[str, ...] = (), parent: int | None = None, **fields: Any) -> NewPost:
    known: dict[str, Any] = {
        "quote_of": None,
        "repost_of": None,
        "between_ids": None,
        "visibility": 0,
        "reply_policy": 0,
        "version": 1,
        "edited_at": None,
        "deleted_at": None,
        "language": "en",
        "content_warning": "",
        "text": "Words",
        "entities": "{}",
        "audience": [],
    }
    post = Post(id=new_id(), author_id=author_id, root_id=parent, parent_id=parent, **{**known, **fields})
    event = PostCreated(post_id=post.id, author_id=author_id, visibility=0, parent_id=parent)
    return NewPost(post, tags, event)


async def write(world: World, *new: NewPost) -> None:
    async with world.db.connection() as tx:
        await insert_posts(tx, new)


async def everything(world: World) -> list[list[dict[str, Any]]]:
    return [
        await world.rows(sql)
        for sql in (
            "SELECT id, author_id, parent_id, between_ids, audience, language, text FROM posts ORDER BY id",
            "SELECT tag, post_id FROM post_tags ORDER BY tag, post_id",
            "SELECT parent_id, post_id, likes FROM comment_ranks ORDER BY 1, 2",
            "SELECT subject_id, kind, delta FROM count_deltas ORDER BY 1, 2",
            "SELECT DISTINCT id, kind, body->>'post_id' AS post_id FROM outbox ORDER BY id",
        )
    ]


async def test_each_post_gets_its_own_parts_and_each_subject_one_delta(world: World) -> None:
    plain = draft(1, tags=("sea", "tide"), text="One", audience=[5, 6], language=None)
    answer = draft(2, parent=77, between_ids=[78, 79], text="Two")
    other = draft(2, parent=77, tags=("sea",), quote_of=88, text="Three")

    await write(world, plain, answer, other)

    ids = [new.post.id for new in (plain, answer, other)]
    posts, tags, ranks, deltas, events = await everything(world)
    assert [tuple(row.values()) for row in posts] == [
        (ids[0], 1, None, None, [5, 6], None, "One"),
        (ids[1], 2, 77, [78, 79], [], "en", "Two"),
        (ids[2], 2, 77, None, [], "en", "Three"),
    ]
    assert [tuple(row.values()) for row in tags] == [("sea", ids[0]), ("sea", ids[2]), ("tide", ids[0])]
    assert [tuple(row.values()) for row in ranks] == [(77, ids[1], 0), (77, ids[2], 0)]
    assert [tuple(row.values()) for row in deltas] == [(1, 7, 1), (2, 7, 2), (77, 2, 2), (88, 4, 1)]
    assert [(row["kind"], int(row["post_id"])) for row in events] == [("PostCreated", id_) for id_ in ids]


async def test_post_that_is_written_again_for_want_of_an_answer_is_there_once(world: World) -> None:
    first, second = draft(1, tags=("sea",), parent=77), draft(2)
    await write(world, first)
    before = await everything(world)

    await write(world, first)
    assert await everything(world) == before

    await write(world, first, second)
    posts, *_, events = await everything(world)
    assert [row["id"] for row in posts] == [first.post.id, second.post.id]
    assert [int(row["post_id"]) for row in events] == [first.post.id, second.post.id]


async def test_posts_of_one_moment_share_statements(world: World) -> None:
    authors = [await world.person() for _ in range(8)]
    post = await world.write(authors[0])
    for author in authors:
        await world.write(author)
    await world.fill_pool()

    with world.counted() as cost:
        replies = await asyncio.gather(
            *(
                world.post(f"/v1/posts/{post['id']}/comments", by=author, json={"text": f"Word {number}"})
                for number, author in enumerate(authors * 3)
            )
        )

    assert [reply.json()["text"] for reply in replies] == [f"Word {number}" for number in range(24)]
    assert sum("INSERT INTO posts" in statement for statement in cost.statements) < 12
    await assert_no_drift(world)


@pytest.mark.parametrize("path", ["/v1/me/preferences", "/v1/me"])
async def test_post_follows_what_its_author_prefers_from_the_next_one_on(world: World, path: str) -> None:
    ada = await world.person()
    before = await world.write(ada)
    change = {"default_language": "fr"} if path.endswith("preferences") else {"locale": "fr"}

    (await world.patch(path, by=ada, json=change)).raise_for_status()
    after = await world.write(ada)

    assert (before["language"], after["language"]) == ("en", "fr")
