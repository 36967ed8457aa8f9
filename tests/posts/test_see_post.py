"""Who may see a post, and that every way to it answers alike for hidden and missing ones."""

from typing import Any

import pytest

from tests.posts.readers import statements_of
from tests.support.world import Person, World

BELOW = [
    ("GET", ""),
    ("GET", "/comments"),
    ("GET", "/thread"),
    ("GET", "/history"),
    ("GET", "/quotes"),
    ("POST", "/comments"),
    ("PATCH", ""),
    ("DELETE", ""),
]


def told(reply: Any) -> tuple[int, dict[str, Any]]:
    body = reply.json()
    return reply.status_code, {name: body[name] for name in body if name not in ("request_id", "instance")}


async def ask(world: World, method: str, post_id: str, below: str, by: Person | None) -> Any:
    body = {"json": {"text": "x"}} if method in ("POST", "PATCH") else {}
    return await world.request(method, f"/v1/posts/{post_id}{below}", by=by, **body)


@pytest.mark.parametrize(("method", "below"), BELOW)
async def test_hidden_is_answered_like_missing(world: World, method: str, below: str) -> None:
    ada, eve = await world.person(), await world.person()
    hidden = await world.write(ada, visibility="followers")
    deleted = await world.write(ada)
    await world.delete(f"/v1/posts/{deleted['id']}", by=ada)

    missing = told(await ask(world, method, "5", below, eve))

    assert missing[0] == 404
    assert missing[1]["code"] == "post_not_found"
    assert told(await ask(world, method, hidden["id"], below, eve)) == missing
    assert told(await ask(world, method, deleted["id"], below, eve)) == missing
    assert told(await ask(world, method, "0", below, eve)) == missing
    assert told(await ask(world, method, "not-an-id", below, eve)) == missing
    assert told(await ask(world, method, "9" * 30, below, eve)) == missing


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        ("public", {"author", "follower", "mentioned", "stranger", "nobody"}),
        ("unlisted", {"author", "follower", "mentioned", "stranger", "nobody"}),
        ("followers", {"author", "follower", "mentioned"}),
        ("mentioned", {"author", "mentioned"}),
    ],
)
async def test_visibility_says_who_sees_a_post(world: World, visibility: str, readers: set[str]) -> None:
    people = {
        name: await world.person() for name in ("author", "follower", "mentioned", "stranger", "blocked")
    }
    await world.follow(people["follower"], people["author"])
    await world.block(people["author"], people["blocked"])

    post = await world.write(people["author"], f"For @{people['mentioned'].handle}", visibility=visibility)
    path = f"/v1/posts/{post['id']}"
    replies = {name: await world.get(path, by=each) for name, each in people.items()}
    replies["nobody"] = await world.get(path)

    assert {name for name, reply in replies.items() if reply.status_code == 200} == readers
    assert {reply.status_code for reply in replies.values()} <= {200, 404}


async def test_private_account_shows_posts_to_followers_only(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    await world.follow(bob, ada)
    post = await world.write(ada)
    await world.set_private(ada)

    assert (await world.get(f"/v1/posts/{post['id']}", by=bob)).status_code == 200
    assert (await world.get(f"/v1/posts/{post['id']}", by=eve)).status_code == 404
    assert (await world.get(f"/v1/posts/{post['id']}")).status_code == 404


@pytest.mark.parametrize("state", ["suspended", "deactivated", "deleting"])
async def test_posts_of_a_closed_account_are_hidden(world: World, state: Any) -> None:
    ada, eve = await world.person(), await world.person()
    post = await world.write(ada)

    await world.set_state(ada, state)

    assert (await world.get(f"/v1/posts/{post['id']}", by=eve)).status_code == 404


async def test_etag_spares_a_body_until_anything_shown_changes(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"
    etag = (await world.get(path)).headers["etag"]

    same = await world.get(path, headers={"If-None-Match": etag})
    await world.comment(ada, post)
    changed = await world.get(path, headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200


async def test_etag_of_another_does_not_reveal_a_post(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    post = await world.write(ada, visibility="followers")
    etag = (await world.get(f"/v1/posts/{post['id']}", by=ada)).headers["etag"]

    reply = await world.get(f"/v1/posts/{post['id']}", by=eve, headers={"If-None-Match": etag})

    assert reply.status_code == 404


async def test_posts_by_ids_come_as_asked_without_the_hidden(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    a, hidden, b = (
        await world.write(ada),
        await world.write(ada, visibility="followers"),
        await world.write(ada),
    )

    reply = await world.get(f"/v1/posts?ids={b['id']},{hidden['id']},5,{a['id']},{b['id']}", by=eve)

    assert [item["id"] for item in reply.json()["items"]] == [b["id"], a["id"]]


@pytest.mark.parametrize("ids", ["", "abc", "1,,2", ",".join(["1"] * 101), "99999999999999999999"])
async def test_ids_that_cannot_be_are_refused(world: World, ids: str) -> None:
    assert (await world.get(f"/v1/posts?ids={ids}")).status_code == 422


async def test_posts_by_ids_take_a_constant_number_of_statements(world: World) -> None:
    reader = await world.person()
    made = [(await world.write(await world.person()))["id"] for _ in range(12)]
    counted = []

    for wanted in (made[:1], made):
        with world.db.recorded_statements() as recorded:
            reply = await world.get(f"/v1/posts?ids={','.join(wanted)}", by=reader)
        assert len(reply.json()["items"]) == len(wanted)
        counted.append(len(statements_of(recorded)))

    # The reader's relations and reactions, the post, its author, counts; then posts and counts that are new.
    assert counted == [5, 2]


async def test_following_author_is_shown(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(bob, ada)
    post = await world.write(ada)

    assert (await world.get(f"/v1/posts/{post['id']}", by=bob)).json()["viewer"]["following_author"] is True
