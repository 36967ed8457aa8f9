"""What a poll is and where it is shown."""

from datetime import datetime
from typing import Any

import pytest

from hubbub.posts.reactors import scrub_deleted_posts
from hubbub.posts.store import PostStore
from tests.posts.polling import SECONDS, ask, poll_of
from tests.support.world import World

NEW = {"options": ["Tea", "Coffee"], "expires_in": SECONDS}


async def test_poll_is_shown_with_its_post_to_whoever_sees_it(world: World) -> None:
    ada, reader = await world.person(), await world.person()

    post = await ask(world, ada, " Tea ", "Coffee\nand cake")

    made_at, expires_at = (
        datetime.fromisoformat(each) for each in (post["created_at"], post["poll"]["expires_at"])
    )
    assert abs((expires_at - made_at).total_seconds() - SECONDS) < 2
    assert post["poll"] == {
        "options": [{"text": "Tea", "votes": 0}, {"text": "Coffee and cake", "votes": 0}],
        "multiple": False,
        "expires_at": post["poll"]["expires_at"],
        "is_closed": False,
        "voters": 0,
        "viewer": {"choices": []},
    }
    assert await poll_of(world, post, reader) == post["poll"]
    assert await poll_of(world, post) == post["poll"] | {"viewer": None}


async def test_poll_is_read_from_every_cache(world: World) -> None:
    ada = await world.person()
    post = await ask(world, ada)
    await world.get(f"/v1/posts/{post['id']}", by=ada)
    await world.rest()
    world.services.part(PostStore).forget_all()

    with world.counted() as cost:
        assert await poll_of(world, post, ada) == post["poll"]
    assert not any("FROM posts" in statement for statement in cost.statements)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"options": ["Tea"]}, "/poll/options", "too_short"),
        ({"options": [f"Option {n}" for n in range(9)]}, "/poll/options", "too_long"),
        ({"options": ["Tea", " Tea"]}, "/poll/options/1", "repeated"),
        ({"options": ["Tea", "\u3164"]}, "/poll/options/1", "required"),
        ({"options": ["Tea", ""]}, "/poll/options/1", "required"),
        ({"options": ["x" * 81, "Tea"]}, "/poll/options/0", "too_long"),
        ({"options": ["Tea", "a\u202eb"]}, "/poll/options/1", "invalid_text"),
        ({"expires_in": 299}, "/poll/expires_in", "out_of_range"),
        ({"expires_in": 30 * 86_400 + 1}, "/poll/expires_in", "out_of_range"),
        ({"votes": [1, 1]}, "/poll/votes", "unknown_field"),
    ],
)
async def test_what_is_no_poll_is_refused(
    world: World, change: dict[str, Any], pointer: str, code: str
) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "Which?", "poll": NEW | change})

    assert reply.status_code == 422
    assert [(each["pointer"], each["code"]) for each in reply.json()["errors"]] == [(pointer, code)]
    assert await world.value("SELECT count(*) FROM posts") == 0


@pytest.mark.parametrize("options", [["x" * 80, "y"], [f"Option {n}" for n in range(8)]])
@pytest.mark.parametrize("seconds", [300, 30 * 86_400])
async def test_poll_may_be_as_large_and_as_long_as_that(
    world: World, options: list[str], seconds: int
) -> None:
    ada = await world.person()

    post = await world.write(ada, poll={"options": options, "expires_in": seconds})

    assert [option["text"] for option in post["poll"]["options"]] == options


async def test_quotes_and_comments_have_polls_and_a_repost_shows_that_of_its_target(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    plain = await world.write(ada)
    quote = await world.write(ada, quote=plain["id"], poll=NEW)
    comment = await world.comment(ada, plain, poll=NEW)
    outer = await world.write(bob, quote=quote["id"])
    (await world.put(f"/v1/posts/{quote['id']}/repost", by=bob)).raise_for_status()

    listed = (await world.get(f"/v1/posts/{plain['id']}/comments", by=bob)).json()["items"]
    repost = (await world.get(f"/v1/accounts/{bob.id}/posts", by=bob)).json()["items"][0]

    assert [item["poll"] for item in listed] == [comment["poll"]]
    assert (repost["poll"], repost["repost_of"]["poll"]) == (None, quote["poll"])
    assert (outer["poll"], outer["quote"]["poll"]) == (None, quote["poll"])


async def test_edit_changes_nothing_about_a_poll_and_cannot(world: World) -> None:
    ada = await world.person()
    post = await ask(world, ada)
    path = f"/v1/posts/{post['id']}"

    edited = await world.patch(path, by=ada, json={"text": "What will it be?"})
    refused = await world.patch(path, by=ada, json={"poll": NEW})

    assert edited.json()["poll"] == post["poll"]
    assert refused.status_code == 422
    assert await poll_of(world, post, ada) == post["poll"]
    history = (await world.get(f"{path}/history", by=ada)).json()["items"]
    assert [set(item) & {"poll"} for item in history] == [set()]


async def test_preview_shows_the_poll_and_opens_none(world: World) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts?preview=true", by=ada, json={"text": "Which?", "poll": NEW})

    assert [option["text"] for option in reply.json()["poll"]["options"]] == ["Tea", "Coffee"]
    assert await world.value("SELECT count(*) FROM open_polls") == 0


async def test_post_with_a_poll_sent_again_with_its_key_is_one(world: World) -> None:
    ada = await world.person()
    headers = {"Idempotency-Key": "poll-1"}

    first, second = [
        await world.post("/v1/posts", by=ada, json={"text": "Which?", "poll": NEW}, headers=headers)
        for _ in range(2)
    ]

    assert first.json() == second.json()
    assert await world.value("SELECT count(*) FROM open_polls") == 1


async def test_forgotten_post_has_no_options_left(world: World) -> None:
    ada = await world.person()
    post = await ask(world, ada)
    await world.delete(f"/v1/posts/{post['id']}", by=ada)
    await world.rows("UPDATE posts SET deleted_at = now() - interval '31 days' RETURNING 1")

    await scrub_deleted_posts(world.db)

    assert await world.value("SELECT poll FROM posts WHERE id = $1", int(post["id"])) is None
