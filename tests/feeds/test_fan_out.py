import asyncio
from pathlib import Path

import pytest

from hubbub.feeds.home_lists import HomeLists
from hubbub.platform.stamps import Part, Stamps
from hubbub.platform.valkey import ValkeyUnavailable
from tests.feeds.lists import listed, open_list
from tests.support.world import Person, World, open_world, settings_for
from tests.valkey.server import running_server


async def followers(world: World, author: Person, count: int) -> list[Person]:
    people = [await world.person() for _ in range(count)]
    for person in people:
        await world.follow(person, author)
    return people


async def test_a_post_reaches_followers_with_a_list_and_the_author(world: World) -> None:
    author = await world.person()
    seen, unseen = await followers(world, author, 2)
    stranger = await world.person()
    await open_list(world, author, seen, stranger)

    post = await world.write(author)

    assert await listed(world, seen) == [post["id"]]
    assert await listed(world, author) == [post["id"]]
    assert await listed(world, stranger) == []
    assert await listed(world, unseen) is None


async def test_reposts_and_quotes_are_pushed_and_comments_are_not(world: World) -> None:
    author, other = await world.person(), await world.person()
    (reader,) = await followers(world, author, 1)
    post = await world.write(other)
    await open_list(world, reader)

    await world.comment(author, on=post)
    quote = await world.write(author, "look", quote=post["id"])
    await world.put(f"/v1/posts/{post['id']}/repost", by=author)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    assert await listed(world, reader) == [str(repost_id), quote["id"]]


async def test_what_is_meant_for_some_reaches_only_them(world: World) -> None:
    author, stranger = await world.person(), await world.person()
    meant, other = await followers(world, author, 2)
    await open_list(world, author, meant, other, stranger)

    post = await world.write(author, f"@{meant.handle} @{stranger.handle} psst", visibility="mentioned")

    assert await listed(world, meant) == [post["id"]]
    assert await listed(world, author) == [post["id"]]
    assert await listed(world, other) == []
    assert await listed(world, stranger) == []


async def test_posts_of_one_moment_land_newest_first_and_once(world: World) -> None:
    author, other = await world.person(), await world.person()
    (reader,) = await followers(world, author, 1)
    await world.follow(reader, other)
    await open_list(world, reader)

    posts = [await world.write(by) for by in (author, other, author, author, other)]
    await world.settle()
    await world.services.part(HomeLists).push([reader.id], [int(posts[1]["id"])])

    assert await listed(world, reader) == [post["id"] for post in reversed(posts)]


@pytest.mark.parametrize("verb", ["follow", "unfollow", "block", "is blocked"])
async def test_lists_of_changed_follows_are_dropped(world: World, verb: str) -> None:
    me, other = await world.person(), await world.person()
    if verb != "follow":
        await world.follow(me, other)
    await open_list(world, me)
    assert await listed(world, me) == []

    if verb == "follow":
        await world.follow(me, other)
    elif verb == "unfollow":
        await world.delete(f"/v1/accounts/{other.id}/follow", by=me)
    else:
        await (world.block(me, other) if verb == "block" else world.block(other, me))

    assert await listed(world, me) is None


@pytest.mark.parametrize(
    ("verb", "part", "is_both"),
    [
        ("follow", "relations", True),
        ("block", "relations", True),
        ("mute", "relations", False),
        ("bookmark", "reactions", False),
        ("repost", "reactions", False),
        ("write", "posts", False),
    ],
)
async def test_stamps_tell_of_changes_though_nobody_else_does(
    world: World, verb: str, part: Part, is_both: bool
) -> None:
    me, other = await world.person(), await world.person()
    post = await world.write(other)
    await world.settle()
    stamps = world.services.part(Stamps)
    before = [await stamps.look(person.id) for person in (me, other)]
    world.services.db.after_changes = _say_nothing

    if verb == "write":
        await world.write(me)
    elif part == "relations":
        await world.put(f"/v1/accounts/{other.id}/{verb}", by=me)
    else:
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=me)
    await world.settle()

    after = [await stamps.look(person.id) for person in (me, other)]
    place = {"relations": 1, "reactions": 2, "posts": 3}[part]
    changed = [old.split(".")[place] != new.split(".")[place] for old, new in zip(before, after, strict=True)]
    assert changed == [True, is_both]


async def _say_nothing(changes: object) -> None:
    """As of a process that died after its commit."""


async def test_posts_and_bookmarks_wait_in_the_outbox_for_valkey(
    database_url: str, clean: None, tmp_path: Path
) -> None:
    with running_server() as server:
        async with open_world(settings_for(database_url, server.url, tmp_path)) as world:
            author = await world.person()
            (reader,) = await followers(world, author, 1)
            await world.settle()
            server.kill()

            post = await world.write(author)
            await world.put(f"/v1/posts/{post['id']}/bookmark", by=reader)
            await world.settle()
            assert await world.value("SELECT count(*) FROM outbox WHERE consumer = 'record'") == 0
            assert await world.announced("PostCreated") == 1
            assert await world.announced("ReactionsNotSpread") == 1

            server.start()
            await _until_answering(world)
            await open_list(world, reader)
            await world.value("UPDATE outbox SET not_before = clock_timestamp()")

            assert await listed(world, reader) == [post["id"]]
            assert await world.announced("ReactionsNotSpread") == 0


async def _until_answering(world: World) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                return await world.services.valkey.ping()
            except ValkeyUnavailable:
                await asyncio.sleep(0.02)
