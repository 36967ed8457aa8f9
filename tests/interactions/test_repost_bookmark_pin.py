import asyncio

import pytest

from tests.support.world import World


async def test_repost_is_made_once_and_can_be_made_again_after_taking_it_back(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/repost"

    first = await asyncio.gather(*(world.put(path, by=fan) for _ in range(10)))
    gone = await world.delete(path, by=fan)
    again = await world.put(path, by=fan)

    assert {reply.json()["counts"]["reposts"] for reply in first} == {1}
    assert (gone.json()["reposted"], gone.json()["counts"]["reposts"]) == (False, 0)
    assert (again.json()["reposted"], again.json()["counts"]["reposts"]) == (True, 1)
    live = "SELECT count(*) FROM posts WHERE repost_of IS NOT NULL AND deleted_at IS NULL"
    assert await world.value(live) == 1


@pytest.mark.parametrize("visibility", ["followers", "mentioned"])
async def test_what_is_not_for_everyone_cannot_be_passed_on(world: World, visibility: str) -> None:
    author, fan = await world.person(), await world.person()
    await world.follow(fan, author)
    post = await world.write(author, f"for @{fan.handle}", visibility=visibility)

    reply = await world.put(f"/v1/posts/{post['id']}/repost", by=fan)

    assert (reply.status_code, reply.json()["code"]) == (403, "repost_not_allowed")


async def test_reposters_are_listed(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/repost", by=fan)

    items = (await world.get(f"/v1/posts/{post['id']}/reposts")).json()["items"]

    assert [card["id"] for card in items] == [str(fan.id)]


@pytest.mark.parametrize(("verb", "path"), [("bookmark", "/v1/me/bookmarks"), ("like", "/v1/me/likes")])
async def test_own_list_shows_latest_first_and_leaves_out_what_became_hidden(
    world: World, verb: str, path: str
) -> None:
    author, other, fan = await world.person(), await world.person(), await world.person()
    posts = [await world.write(author), await world.write(other), await world.write(author)]
    for post in posts:
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=fan)

    before = (await world.get(path, by=fan)).json()["items"]
    await world.block(other, fan)
    after = (await world.get(f"{path}?limit=2", by=fan)).json()["items"]

    assert [item["id"] for item in before] == [posts[2]["id"], posts[1]["id"], posts[0]["id"]]
    assert [item["id"] for item in after] == [posts[2]["id"], posts[0]["id"]]


async def test_bookmark_is_seen_by_nobody_else(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)

    kept = await world.put(f"/v1/posts/{post['id']}/bookmark", by=fan)

    assert kept.json()["bookmarked"] is True
    assert (await world.get(f"/v1/posts/{post['id']}", by=author)).json()["viewer"]["bookmarked"] is False
    assert (await world.get("/v1/me/bookmarks", by=author)).json()["items"] == []


async def test_pins_are_limited_even_when_sent_at_once(world: World) -> None:
    author = await world.person()
    posts = [await world.write(author) for _ in range(8)]

    replies = await asyncio.gather(*(world.put(f"/v1/posts/{post['id']}/pin", by=author) for post in posts))

    assert sorted(reply.status_code for reply in replies) == [200] * 5 + [409] * 3
    assert await world.value("SELECT count(*) FROM pins") == 5


async def test_only_the_author_pins(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)

    reply = await world.put(f"/v1/posts/{post['id']}/pin", by=fan)

    assert (reply.status_code, reply.json()["code"]) == (403, "not_your_post")


async def test_deleted_posts_take_up_no_pin(world: World) -> None:
    author = await world.person()
    for _ in range(5):
        post = await world.write(author)
        await world.put(f"/v1/posts/{post['id']}/pin", by=author)
        await world.delete(f"/v1/posts/{post['id']}", by=author)
    post = await world.write(author)

    reply = await world.put(f"/v1/posts/{post['id']}/pin", by=author)

    assert reply.status_code == 200
    assert await world.rows("SELECT post_id FROM pins") == [{"post_id": int(post["id"])}]


async def test_pin_that_meets_the_deletion_of_its_post_leaves_nothing(world: World) -> None:
    author = await world.person()
    posts = [await world.write(author) for _ in range(10)]
    await world.fill_pool()

    replies = await asyncio.gather(
        *(
            reply
            for post in posts
            for reply in (
                world.put(f"/v1/posts/{post['id']}/pin", by=author),
                world.delete(f"/v1/posts/{post['id']}", by=author),
            )
        )
    )

    assert {reply.status_code for reply in replies} <= {200, 204, 404, 409}
    assert await world.value("SELECT count(*) FROM pins") == 0
