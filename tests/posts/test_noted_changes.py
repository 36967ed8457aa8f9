"""What is cached of posts, of their authors' pages and of what people did to them is taken back."""

import pytest

from hubbub.posts.service import forget_mentions
from tests.support.noted import noted_changes
from tests.support.world import Person, World


async def people(world: World, count: int) -> list[Person]:
    return [await world.person() for _ in range(count)]


async def test_new_comment_changes_its_authors_page_and_the_counts_of_both(world: World) -> None:
    ada, bob = await people(world, 2)
    post = await world.write(ada)

    with noted_changes(world) as noted:
        await world.comment(bob, post)

    assert noted == {"author": {bob.id}, "counts": {bob.id, int(post["id"])}}


async def test_edit_changes_the_post_and_its_authors_page(world: World) -> None:
    [ada] = await people(world, 1)
    post = await world.write(ada)

    with noted_changes(world) as noted:
        await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "Other words"})

    assert noted == {"post": {int(post["id"])}, "author": {ada.id}}


async def test_deleted_post_and_what_hangs_on_it_are_changed(world: World) -> None:
    ada, bob = await people(world, 2)
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    with noted_changes(world) as noted:
        await world.delete(f"/v1/posts/{post['id']}", by=ada)
        await world.settle()

    assert noted["post"] == {int(post["id"]), repost_id}
    assert noted["author"] == {ada.id, bob.id}
    assert noted["counts"] >= {ada.id}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("verb", "topics"),
    [
        ("like", {"reactions": "who", "counts": "post"}),
        ("bookmark", {"reactions": "who"}),
        ("repost", {"reactions": "who", "author": "who", "counts": "post"}),
        ("pin", {"reactions": "who", "author": "who"}),
    ],
)
async def test_verb_changes_what_its_doer_is_shown(
    world: World, verb: str, topics: dict[str, str], method: str
) -> None:
    [ada] = await people(world, 1)
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}/{verb}"
    if method == "DELETE":
        await world.put(path, by=ada)

    with noted_changes(world) as noted:
        await world.request(method, path, by=ada)

    ids = {"who": ada.id, "post": int(post["id"])}
    assert {topic: found for topic, found in noted.items() if topic != "post"} == {
        topic: {ids[whose]} for topic, whose in topics.items()
    }


async def test_posts_that_forget_a_mention_are_changed(world: World) -> None:
    ada, bob = await people(world, 2)
    post = await world.write(bob, f"Hello @{ada.handle}")
    other = await world.write(bob, "Hello all")

    with noted_changes(world) as noted:
        async with world.db.transaction() as tx:
            await forget_mentions(tx, account_id=ada.id)

    assert int(post["id"]) in noted["post"]
    assert int(other["id"]) not in noted["post"]


async def test_rehearsed_post_changes_nothing(world: World) -> None:
    [ada] = await people(world, 1)

    with noted_changes(world) as noted:
        reply = await world.post("/v1/posts?preview=true", by=ada, json={"text": "Perhaps"})

    assert reply.status_code == 200
    assert noted == {}
