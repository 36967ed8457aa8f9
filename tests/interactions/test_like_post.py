import asyncio
from typing import Any

import pytest

from tests.support.world import World


async def test_like_counts_once_however_often_it_is_sent(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)

    replies = await asyncio.gather(*(world.put(f"/v1/posts/{post['id']}/like", by=fan) for _ in range(20)))

    assert {reply.status_code for reply in replies} == {200}
    assert {reply.json()["counts"]["likes"] for reply in replies} == {1}
    assert await world.value("SELECT count(*) FROM reactions") == 1
    assert await world.announced("PostLiked") == 1


async def test_like_taken_back_leaves_nothing(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/like", by=fan)

    replies = await asyncio.gather(*(world.delete(f"/v1/posts/{post['id']}/like", by=fan) for _ in range(10)))

    assert {reply.json()["liked"] for reply in replies} == {False}
    assert (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]["likes"] == 0
    assert (
        await world.value(
            "SELECT sum(delta) FROM count_deltas WHERE subject_id = $1 AND kind = 1", int(post["id"])
        )
        == 0
    )


async def test_storm_of_likes_and_unlikes_ends_with_the_count_of_its_rows(world: World) -> None:
    author = await world.person()
    fans = [await world.person() for _ in range(6)]
    post = await world.write(author)
    path = f"/v1/posts/{post['id']}/like"

    await asyncio.gather(
        *(world.put(path, by=fan) if n % 3 else world.delete(path, by=fan) for fan in fans for n in range(12))
    )

    rows = await world.value("SELECT count(*) FROM reactions WHERE post_id = $1", int(post["id"]))
    assert (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]["likes"] == rows


async def test_like_of_a_repost_likes_what_it_points_at(world: World) -> None:
    author, friend, fan = await world.person(), await world.person(), await world.person()
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/repost", by=friend)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    reply = await world.put(f"/v1/posts/{repost_id}/like", by=fan)

    assert (reply.json()["id"], reply.json()["counts"]["likes"]) == (post["id"], 1)


@pytest.mark.parametrize("verb", ["like", "repost", "bookmark", "pin"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_unseen_post_is_like_a_missing_one(world: World, verb: str, method: str) -> None:
    author, stranger = await world.person(), await world.person()
    post = await world.write(author, visibility="followers")

    hidden = await world.request(method, f"/v1/posts/{post['id']}/{verb}", by=stranger)
    missing = await world.request(method, f"/v1/posts/1/{verb}", by=stranger)

    def anonymous(reply: Any) -> dict[str, Any]:
        return {**reply.json(), "request_id": ""}

    assert (hidden.status_code, anonymous(hidden)) == (404, anonymous(missing))
    assert await world.value("SELECT count(*) FROM reactions") == 0


async def test_like_is_judged_by_how_the_two_stand_now_whatever_was_liked_before(world: World) -> None:
    author, fan = await world.person(), await world.person()
    a, b = await world.write(author), await world.write(author)
    before = await world.put(f"/v1/posts/{a['id']}/like", by=fan)
    await world.block(author, fan)

    after = [
        await world.put(f"/v1/posts/{b['id']}/like", by=fan),
        await world.delete(f"/v1/posts/{a['id']}/like", by=fan),
    ]

    assert [reply.status_code for reply in (before, *after)] == [200, 404, 404]


async def test_likers_are_listed_latest_first_without_those_the_viewer_may_not_see(world: World) -> None:
    author, blocker = await world.person(), await world.person()
    fans = [await world.person() for _ in range(3)]
    post = await world.write(author)
    for fan in (*fans, blocker):
        await world.put(f"/v1/posts/{post['id']}/like", by=fan)
    await world.block(blocker, fans[0])

    everyone = (await world.get(f"/v1/posts/{post['id']}/likes")).json()["items"]
    blocked = (await world.get(f"/v1/posts/{post['id']}/likes", by=fans[0])).json()["items"]

    assert [card["id"] for card in everyone] == [str(p.id) for p in (blocker, *reversed(fans))]
    assert [card["id"] for card in blocked] == [str(p.id) for p in reversed(fans)]
