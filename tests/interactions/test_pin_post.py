import asyncio
from typing import Any

import pytest

from tests.posts.readers import ids, page_back, page_through
from tests.support.world import Person, World


async def pin(world: World, who: Person, post: dict[str, Any]) -> int:
    return (await world.put(f"/v1/posts/{post['id']}/pin", by=who)).status_code


async def pinned(world: World, who: Person) -> list[str]:
    return await ids(world, f"/v1/accounts/{who.id}/posts?pinned=true")


async def repost_of(world: World, who: Person, post: dict[str, Any]) -> dict[str, Any]:
    (await world.put(f"/v1/posts/{post['id']}/repost", by=who)).raise_for_status()
    newest = await world.get(f"/v1/accounts/{who.id}/posts?limit=1", by=who)
    found: dict[str, Any] = newest.json()["items"][0]
    return found


async def test_pins_are_listed_in_the_order_of_pinning(world: World) -> None:
    ada = await world.person()
    a, b, c = [await world.write(ada) for _ in range(3)]

    for post in (b, a, c):
        await pin(world, ada, post)

    assert await pinned(world, ada) == [c["id"], a["id"], b["id"]]


async def test_pins_page_both_ways(world: World) -> None:
    ada = await world.person()
    posts = [await world.write(ada) for _ in range(5)]
    for post in posts:
        await pin(world, ada, post)
    path, expected = f"/v1/accounts/{ada.id}/posts?pinned=true", [post["id"] for post in posts[::-1]]

    pages = await page_through(world, path, limit=2)
    back = await page_back(world, path, limit=2)

    assert pages == [expected[:2], expected[2:4], expected[4:]]
    assert back == pages[::-1]


async def test_repeated_pin_keeps_its_place(world: World) -> None:
    ada = await world.person()
    a, b = await world.write(ada), await world.write(ada)
    await pin(world, ada, a)
    await pin(world, ada, b)

    again = await world.put(f"/v1/posts/{a['id']}/pin", by=ada)

    assert (again.status_code, again.json()["pinned"]) == (200, True)
    assert await pinned(world, ada) == [b["id"], a["id"]]


async def test_pinned_post_can_be_pinned_again_at_the_limit(world: World) -> None:
    ada = await world.person()
    posts = [await world.write(ada) for _ in range(6)]

    statuses = [await pin(world, ada, post) for post in posts]

    assert statuses == [200] * 5 + [409]
    assert await pin(world, ada, posts[0]) == 200
    assert posts[5]["id"] not in await pinned(world, ada)


async def test_unpinned_post_leaves_the_page_and_makes_room(world: World) -> None:
    ada = await world.person()
    posts = [await world.write(ada) for _ in range(6)]
    for post in posts[:5]:
        await pin(world, ada, post)

    reply = await world.delete(f"/v1/posts/{posts[0]['id']}/pin", by=ada)
    again = await world.delete(f"/v1/posts/{posts[0]['id']}/pin", by=ada)

    assert [(each.status_code, each.json()["pinned"]) for each in (reply, again)] == [(200, False)] * 2
    assert await pin(world, ada, posts[5]) == 200
    assert posts[0]["id"] not in await pinned(world, ada)


async def test_deleted_posts_make_room_for_others(world: World) -> None:
    ada = await world.person()
    for post in [await world.write(ada) for _ in range(5)]:
        await pin(world, ada, post)
        await world.delete(f"/v1/posts/{post['id']}", by=ada)
    post = await world.write(ada)

    assert await pin(world, ada, post) == 200
    assert await pinned(world, ada) == [post["id"]]


@pytest.mark.parametrize("end", ["unrepost", "delete", "target"])
async def test_pinned_repost_that_ends_makes_room(world: World, end: str) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(bob)
    repost = await repost_of(world, ada, post)
    assert await pin(world, ada, repost) == 200

    if end == "unrepost":
        await world.delete(f"/v1/posts/{post['id']}/repost", by=ada)
    elif end == "delete":
        await world.delete(f"/v1/posts/{repost['id']}", by=ada)
    else:
        await world.delete(f"/v1/posts/{post['id']}", by=bob)
        await world.settle()

    assert await world.rows("SELECT post_id FROM pins") == []


async def test_pins_of_others_stay_when_somebody_deletes(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    mine, theirs = await world.write(ada), await world.write(bob)
    await pin(world, ada, mine)
    await pin(world, bob, theirs)

    await world.delete(f"/v1/posts/{mine['id']}", by=ada)

    assert await pinned(world, bob) == [theirs["id"]]


async def test_pin_is_shown_to_its_author_alone(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    await pin(world, ada, post)

    seen = [(await world.get(f"/v1/posts/{post['id']}", by=by)).json()["viewer"] for by in (ada, bob)]

    assert [viewer["pinned"] for viewer in seen] == [True, False]


async def test_pinned_posts_are_judged_like_others(world: World) -> None:
    ada, fan, stranger = await world.person(), await world.person(), await world.person()
    await world.follow(fan, ada)
    post = await world.write(ada, visibility="followers")
    await pin(world, ada, post)
    path = f"/v1/accounts/{ada.id}/posts?pinned=true"

    assert await ids(world, path, by=fan) == [post["id"]]
    assert await ids(world, path, by=stranger) == []
    assert await ids(world, path) == []


async def test_pin_and_deletion_at_once_leave_no_pin(world: World) -> None:
    ada = await world.person()
    posts = [await world.write(ada) for _ in range(10)]
    await world.fill_pool()

    replies = await asyncio.gather(
        *(world.put(f"/v1/posts/{post['id']}/pin", by=ada) for post in posts),
        *(world.delete(f"/v1/posts/{post['id']}", by=ada) for post in posts),
    )

    assert {reply.status_code for reply in replies} <= {200, 204, 404, 409}
    assert await world.rows("SELECT post_id FROM pins") == []
