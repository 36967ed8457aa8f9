"""Whatever is hidden in between, paging gives exactly what may be seen: in order, once, on full pages."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.posts.readers import ids, page_back, page_through
from tests.posts.verbs import like, repost
from tests.support.world import Person, World


@dataclass
class Scene:
    """A post with what stands below it, oldest first."""

    reader: Person
    muted: Person
    author: Person
    post: dict[str, Any]
    comments: list[dict[str, Any]] = field(default_factory=list)
    likes: dict[str, int] = field(default_factory=dict)
    quotes: list[dict[str, Any]] = field(default_factory=list)
    reposts: list[str] = field(default_factory=list)


async def made_at_random(world: World, seed: int, size: int) -> Scene:
    """Comments, quotes, reposts and likes; blocks, mutes, deletions and private accounts."""
    dice = random.Random(seed)
    reader, author = await world.person(), await world.person()
    people = [await world.person() for _ in range(6)]
    scene = Scene(reader, people[2], author, await world.write(author))
    for _ in range(size):
        by = dice.choice([*people, author, reader])
        visibility = dice.choice(["public", "public", "public", "unlisted", "followers", "mentioned"])
        comment = await world.comment(by, scene.post, visibility=visibility)
        scene.comments.append(comment)
        likers = dice.sample(people, dice.choice([0, 0, 1, 2, 3]))
        await like(world, comment["id"], *likers)
        scene.likes[comment["id"]] = len(likers)
        scene.quotes.append(await world.write(author, quote=scene.post["id"], visibility=visibility))
        if dice.random() < 0.3:
            scene.reposts.append(await repost(world, author, (await world.write(dice.choice(people)))["id"]))
        if dice.random() < 0.2:
            await world.delete(f"/v1/posts/{comment['id']}", by=by)
            await world.delete(f"/v1/posts/{scene.quotes[-1]['id']}", by=author)
    await world.block(reader, people[0])
    await world.block(people[1], reader)
    await world.mute(reader, scene.muted)
    await world.follow(reader, people[3])
    await world.set_private(people[3])
    await world.set_private(people[4])
    return scene


@pytest.mark.parametrize("seed", range(3))
async def test_pages_give_exactly_what_may_be_seen_both_ways(world: World, seed: int) -> None:
    scene = await made_at_random(world, seed, size=16)
    below, mine = f"/v1/posts/{scene.post['id']}", f"/v1/accounts/{scene.author.id}/posts"

    for by in (scene.reader, None):
        comments = await seen(world, by, [each["id"] for each in heard(scene.comments, scene, by)])
        quotes = await seen(world, by, [each["id"] for each in scene.quotes])
        tops = await seen(
            world, by, [scene.post["id"], *(each["id"] for each in scene.quotes), *scene.reposts]
        )
        own = await seen(world, by, [each["id"] for each in of_author(scene)])
        by_likes = sorted(comments, key=lambda id_: (scene.likes[id_], int(id_)), reverse=True)
        for path, expected in (
            (f"{below}/comments?order=newest", comments[::-1]),
            (f"{below}/comments?order=oldest", comments),
            (f"{below}/comments?order=top", by_likes),
            (f"{below}/quotes?", quotes[::-1]),
            (f"{mine}?replies=false", sorted(tops, key=int, reverse=True)),
            (f"{mine}?replies=true", sorted({*tops, *own}, key=int, reverse=True)),
        ):
            await check(world, path, expected, by=by, limit=2 + seed)


def heard(posts: list[dict[str, Any]], scene: Scene, by: Person | None) -> list[dict[str, Any]]:
    return [each for each in posts if by is None or each["author"]["id"] != str(scene.muted.id)]


def of_author(scene: Scene) -> list[dict[str, Any]]:
    return [each for each in scene.comments if each["author"]["id"] == str(scene.author.id)]


async def seen(world: World, by: Person | None, post_ids: list[str]) -> list[str]:
    """Those of these posts that can be opened, in order."""
    return await ids(world, f"/v1/posts?ids={','.join(post_ids)}", by=by) if post_ids else []


async def check(world: World, path: str, expected: list[str], *, by: Person | None, limit: int) -> None:
    pages = await page_through(world, path, by=by, limit=limit)
    back = await page_back(world, path, by=by, limit=limit)

    assert [id_ for page in pages for id_ in page] == expected, path
    assert [id_ for page in reversed(back) for id_ in page] == expected, path
    assert all(len(page) == limit for page in pages[:-1]), path


async def test_page_is_full_across_a_long_stretch_of_hidden_posts(world: World) -> None:
    ada, eve, reader = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    first = [(await world.comment(ada, post))["id"] for _ in range(2)]
    for _ in range(70):
        await world.comment(eve, post)
    last = await world.comment(ada, post)
    await world.block(reader, eve)

    body = (await world.get(f"/v1/posts/{post['id']}/comments?limit=2", by=reader)).json()

    assert [item["id"] for item in body["items"]] == [last["id"], first[1]]
    assert body["next"] is not None


async def test_list_says_that_it_ends_on_its_last_full_page(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    for _ in range(4):
        await world.comment(ada, post)

    pages = await page_through(world, f"/v1/posts/{post['id']}/comments", limit=2)

    assert [len(page) for page in pages] == [2, 2]
