"""A poll ends by the clock: at once on every page, and announced once soon after."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from hubbub.posts.reactors import end_polls
from hubbub.posts.service import polls
from tests.posts.polling import ask, pass_end, poll_of, set_ends
from tests.support.announcements import announcements, forget_announcements
from tests.support.world import World

LONG_AGO = timedelta(seconds=polls.GRACE_SECONDS + 1)


async def test_poll_closes_on_a_page_that_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, reader = await world.person(), await world.person()
    await world.follow(reader, ada)
    await ask(world, ada)
    await world.settle()
    before = await world.warm_home(reader)
    pass_end(monkeypatch)

    with world.counted() as cost:
        after = await world.get("/v1/feeds/home", by=reader)

    assert not before.json()["items"][0]["poll"]["is_closed"]
    assert after.json()["items"][0]["poll"]["is_closed"]
    assert after.headers["etag"] != before.headers["etag"]
    assert cost.statements == []
    with world.counted() as cost:
        again = await world.get("/v1/feeds/home", by=reader, headers={"If-None-Match": after.headers["etag"]})
    assert (again.status_code, cost.statements) == (304, [])


async def test_poll_is_closed_wherever_it_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await world.person()
    post = await ask(world, ada)
    quote = await world.write(ada, quote=post["id"])
    pass_end(monkeypatch)

    quoted = (await world.get(f"/v1/posts/{quote['id']}", by=ada)).json()["quote"]["poll"]
    pages = [
        (await world.get(path)).json()["items"]
        for path in (f"/v1/accounts/{ada.id}/posts", "/v1/feeds/public", f"/v1/posts?ids={post['id']}")
    ]

    assert all([quoted["is_closed"], *(page[-1]["poll"]["is_closed"] for page in pages)])
    assert (await poll_of(world, post))["is_closed"]


async def ended(world: World) -> list[Any]:
    return [int(body["post_id"]) for _, body in await announcements(world, "PollEnded")]


async def test_end_is_announced_once_when_no_vote_can_be_on_its_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.person()
    over, just, running = [await ask(world, ada) for _ in range(3)]
    await set_ends(world, [over], ago=LONG_AGO)
    await set_ends(world, [just], ago=timedelta(seconds=polls.GRACE_SECONDS - 3))

    await end_polls(world.db)
    await end_polls(world.db)

    [(_, body)] = await announcements(world, "PollEnded")
    assert (int(body["post_id"]), int(body["author_id"])) == (int(over["id"]), ada.id)
    left = await world.rows("SELECT post_id FROM open_polls ORDER BY post_id")
    assert [row["post_id"] for row in left] == [int(just["id"]), int(running["id"])]


async def test_workers_at_once_announce_each_end_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "BATCH", 2)
    ada = await world.person()
    posts = [await ask(world, ada) for _ in range(7)]
    await set_ends(world, posts, ago=LONG_AGO)

    await asyncio.gather(end_polls(world.db), end_polls(world.db), end_polls(world.db))

    assert sorted(await ended(world)) == [int(post["id"]) for post in posts]


async def test_end_of_a_deleted_poll_is_not_announced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await world.person()
    posts = [await ask(world, ada) for _ in range(2)]
    await world.delete(f"/v1/posts/{posts[0]['id']}", by=ada)
    await set_ends(world, posts, ago=LONG_AGO)
    open_ids = [row["post_id"] for row in await world.rows("SELECT post_id FROM open_polls")]
    # As if the post went between the two statements of the worker.
    await world.rows("UPDATE posts SET deleted_at = now() WHERE id = $1 RETURNING 1", int(posts[1]["id"]))
    await forget_announcements(world)

    await end_polls(world.db)

    assert open_ids == [int(posts[1]["id"])]
    assert await ended(world) == []
