"""A write that is sent again with its Idempotency-Key happens once and is answered alike."""

from typing import Any

import pytest

from tests.support.drift import find_drift
from tests.support.storms import storm
from tests.support.world import Person, World

KEY = {"Idempotency-Key": "a-key-of-mine"}


async def target(world: World, operation: str, who: Person) -> tuple[str, str, dict[str, Any]]:
    """Method, path and body of a write by this person."""
    if operation == "post":
        return "POST", "/v1/posts", {"text": "Once"}
    post = await world.write(who)
    if operation == "comment":
        return "POST", f"/v1/posts/{post['id']}/comments", {"text": "Once"}
    return "PATCH", f"/v1/posts/{post['id']}", {"text": "Once"}


OPERATIONS = ("post", "comment", "edit")


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_repeated_write_is_answered_with_the_same_bytes(world: World, operation: str) -> None:
    ada = await world.person()
    method, path, body = await target(world, operation, ada)

    first = await world.request(method, path, by=ada, json=body, headers=KEY)
    rows = await world.rows("SELECT id, version FROM posts ORDER BY id")
    again = await world.request(method, path, by=ada, json=body, headers=KEY)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert await world.rows("SELECT id, version FROM posts ORDER BY id") == rows


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_key_of_another_body_is_refused(world: World, operation: str) -> None:
    ada = await world.person()
    method, path, body = await target(world, operation, ada)
    await world.request(method, path, by=ada, json=body, headers=KEY)

    reply = await world.request(method, path, by=ada, json={"text": "Twice"}, headers=KEY)

    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_mismatch")
    assert await world.value("SELECT count(*) FROM posts WHERE text = 'Twice'") == 0


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_ten_at_once_with_one_key_happen_once(world: World, operation: str) -> None:
    ada = await world.person()
    method, path, body = await target(world, operation, ada)
    before = await world.value("SELECT sum(version) FROM posts") or 0

    sending = [world.request(method, path, by=ada, json=body, headers=KEY) for _ in range(10)]
    statuses = await storm(world, sending, allowed={200, 201, 409})

    assert statuses.count(409) < 10
    assert await world.value("SELECT sum(version) FROM posts") == before + 1
    async with world.db.connection() as tx:
        assert await find_drift(tx) == []


async def test_key_is_for_one_path(world: World) -> None:
    ada = await world.person()
    posts = [await world.write(ada) for _ in range(2)]

    replies = [
        await world.post(f"/v1/posts/{post['id']}/comments", by=ada, json={"text": "x"}, headers=KEY)
        for post in posts
    ]

    assert [reply.status_code for reply in replies] == [201, 422]


async def test_people_may_use_the_same_key(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    replies = [
        await world.post("/v1/posts", by=who, json={"text": "Mine"}, headers=KEY) for who in (ada, bob)
    ]

    assert [reply.json()["author"]["id"] for reply in replies] == [str(ada.id), str(bob.id)]


async def test_refused_write_leaves_its_key_free(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada, visibility="followers")
    path = f"/v1/posts/{post['id']}/comments"

    refused = await world.post(path, by=bob, json={"text": "x"}, headers=KEY)
    await world.follow(bob, ada)
    taken = await world.post(path, by=bob, json={"text": "x"}, headers=KEY)

    assert (refused.status_code, taken.status_code) == (404, 201)
    assert "idempotency-replayed" not in taken.headers


async def test_reply_is_replayed_though_the_post_is_gone(world: World) -> None:
    ada = await world.person()
    first = await world.post("/v1/posts", by=ada, json={"text": "Once"}, headers=KEY)
    await world.delete(f"/v1/posts/{first.json()['id']}", by=ada)

    again = await world.post("/v1/posts", by=ada, json={"text": "Once"}, headers=KEY)

    assert again.content == first.content
    assert await world.value("SELECT count(*) FROM posts") == 1


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "tab\there", "é"])
async def test_unacceptable_key_writes_nothing(world: World, key: str) -> None:
    ada = await world.person()

    reply = await world.post(
        "/v1/posts",
        by=ada,
        json={"text": "x"},
        headers={"Idempotency-Key": key.encode("latin-1")},
    )

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_idempotency_key")
    assert await world.value("SELECT count(*) FROM posts") == 0


async def test_replayed_edit_does_not_undo_a_later_one(world: World) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada))['id']}"
    await world.patch(path, by=ada, json={"text": "First"}, headers=KEY)
    await world.patch(path, by=ada, json={"text": "Second"})

    replay = await world.patch(path, by=ada, json={"text": "First"}, headers=KEY)

    assert replay.json()["text"] == "First"
    assert (await world.get(path)).json()["text"] == "Second"
