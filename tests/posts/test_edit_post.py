import asyncio
from typing import Any

import pytest

from tests.support.world import World


async def test_edit_changes_what_is_named_and_nothing_else(world: World) -> None:
    ada, bob = await world.person(), await world.person("bob")
    post = await world.write(ada, "First #old", content_warning="careful", language="de")

    reply = await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "Then #new for @bob"})

    edited = reply.json()
    assert reply.status_code == 200
    assert edited["text"] == "Then #new for @bob"
    assert edited["edited_at"] is not None
    assert (edited["version"], edited["content_warning"], edited["language"]) == (2, "careful", "de")
    assert edited["entities"]["mentions"][0]["id"] == str(bob.id)
    assert await world.rows("SELECT tag FROM post_tags") == [{"tag": "new"}]
    assert (await world.get(f"/v1/posts/{post['id']}", by=ada)).json() == edited


async def test_null_clears_warning_and_language(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, content_warning="careful", language="de")

    reply = await world.patch(
        f"/v1/posts/{post['id']}", by=ada, json={"content_warning": None, "language": None}
    )

    assert (reply.json()["content_warning"], reply.json()["language"]) == (None, None)


async def test_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "Same")

    reply = await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": " Same "})

    assert reply.json() == post
    assert await world.announced("PostEdited") == 0
    assert await world.value("SELECT count(*) FROM post_revisions") == 0


async def test_history_holds_every_former_version(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "One", content_warning="careful")
    for text in ("Two", "Three", "Four"):
        await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": text})

    page = (await world.get(f"/v1/posts/{post['id']}/history?limit=2")).json()
    rest = (await world.get(f"/v1/posts/{post['id']}/history?limit=2&cursor={page['next']}")).json()
    back = (await world.get(f"/v1/posts/{post['id']}/history?limit=2&cursor={rest['prev']}")).json()

    assert [(item["version"], item["text"]) for item in page["items"]] == [(3, "Three"), (2, "Two")]
    assert [(item["version"], item["text"]) for item in rest["items"]] == [(1, "One")]
    assert rest["items"][0]["created_at"] == post["created_at"]
    assert rest["items"][0]["content_warning"] == "careful"
    assert rest["next"] is None
    assert back["items"] == page["items"]


async def test_edit_of_another_version_is_refused(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"
    etag = (await world.get(path, by=ada)).headers["etag"]

    first = await world.patch(path, by=ada, json={"text": "Mine"}, headers={"If-Match": etag})
    second = await world.patch(path, by=ada, json={"text": "Yours"}, headers={"If-Match": etag})
    third = await world.patch(
        path, by=ada, json={"text": "Ours"}, headers={"If-Match": first.headers["etag"]}
    )

    assert [first.status_code, second.status_code, third.status_code] == [200, 412, 200]
    assert (await world.get(path)).json()["text"] == "Ours"


async def test_counts_that_move_are_no_conflict(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"
    etag = (await world.get(path, by=ada)).headers["etag"]
    await world.comment(ada, post)

    reply = await world.patch(path, by=ada, json={"text": "Mine"}, headers={"If-Match": etag})

    assert reply.status_code == 200


async def test_of_edits_at_once_with_one_etag_one_wins(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"
    etag = (await world.get(path, by=ada)).headers["etag"]
    await world.fill_pool()

    replies = await asyncio.gather(
        *(world.patch(path, by=ada, json={"text": f"Edit {n}"}, headers={"If-Match": etag}) for n in range(5))
    )

    assert sorted(reply.status_code for reply in replies) == [200, 412, 412, 412, 412]
    assert await world.value("SELECT count(*) FROM post_revisions") == 1


@pytest.mark.parametrize("etag", ['W/"7.ab"', '"nonsense"', "garbage", ""])
async def test_other_etags_match_nothing(world: World, etag: str) -> None:
    ada = await world.person()
    post = await world.write(ada)

    reply = await world.patch(
        f"/v1/posts/{post['id']}", by=ada, json={"text": "x"}, headers={"If-Match": etag}
    )

    assert reply.status_code == 412


async def test_only_the_author_can_edit_or_delete(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada, "Mine")
    path = f"/v1/posts/{post['id']}"

    edit = await world.patch(path, by=bob, json={"text": "Yours"})
    deletion = await world.delete(path, by=bob)

    assert (edit.status_code, edit.json()["code"]) == (403, "not_your_post")
    assert (deletion.status_code, deletion.json()["code"]) == (403, "not_your_post")
    assert (await world.get(path)).json()["text"] == "Mine"


async def test_visibility_can_be_narrowed_at_once_but_never_widened(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"

    narrowed = await world.patch(path, by=ada, json={"visibility": "followers"})
    seen = await world.get(path, by=eve)
    widened = await world.patch(path, by=ada, json={"visibility": "unlisted"})

    assert (narrowed.json()["visibility"], narrowed.json()["edited_at"]) == ("followers", None)
    assert seen.status_code == 404
    assert (widened.status_code, widened.json()["code"]) == (422, "visibility_widened")


@pytest.mark.parametrize(
    "body",
    [
        {"text": None},
        {"text": ""},
        {"text": "x" * 5001},
        {"language": "?"},
        {"visibility": None},
        {"reply_policy": "x"},
        {"reply_to": "5"},
        {"version": 9},
    ],
)
async def test_unacceptable_edit_is_refused(world: World, body: dict[str, Any]) -> None:
    ada = await world.person()
    post = await world.write(ada)

    reply = await world.patch(f"/v1/posts/{post['id']}", by=ada, json=body)

    assert reply.status_code == 422
    assert (await world.get(f"/v1/posts/{post['id']}", by=ada)).json() == post


@pytest.mark.parametrize("visibility", ["public", "unlisted", "followers"])
async def test_mention_added_by_an_edit_is_announced(world: World, visibility: str) -> None:
    ada, bob = await world.person(), await world.person("bob")
    await world.follow(bob, ada)
    post = await world.write(ada, "For many", visibility=visibility)

    reply = await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "For @bob"})

    assert [each["id"] for each in reply.json()["entities"]["mentions"]] == [str(bob.id)]
    body = await world.value("SELECT body FROM outbox WHERE kind = 'PostEdited' LIMIT 1")
    assert str(bob.id) in body


@pytest.mark.parametrize(
    ("visibility", "is_private"), [("mentioned", False), ("followers", False), ("public", True)]
)
async def test_mention_added_by_an_edit_opens_the_post_to_nobody(
    world: World, visibility: str, is_private: bool
) -> None:
    ada = await world.person(is_private=is_private)
    bob, eve = await world.person("bob"), await world.person("eve")
    post = await world.write(ada, "A secret for @bob", visibility=visibility)
    answer = await world.comment(bob, post)
    path = f"/v1/posts/{post['id']}"

    edited = await world.patch(path, by=ada, json={"text": "For @bob and @eve"})
    narrowed = await world.patch(path, by=ada, json={"text": "@eve, @bob", "visibility": "mentioned"})

    for reply in (edited, narrowed):
        assert [each["id"] for each in reply.json()["entities"]["mentions"]] == [str(bob.id)]
    for hidden in (path, f"{path}/history", f"{path}/comments", f"/v1/posts/{answer['id']}"):
        assert (await world.get(hidden, by=eve)).status_code == 404
    assert (await world.get(path, by=bob)).status_code == 200


async def test_mention_added_while_narrowing_keeps_who_could_see_the_post(world: World) -> None:
    ada, bob = await world.person(), await world.person("bob")
    post = await world.write(ada, "For all")
    path = f"/v1/posts/{post['id']}"

    await world.patch(path, by=ada, json={"text": "For @bob", "visibility": "mentioned"})

    assert (await world.get(path, by=bob)).status_code == 200


async def test_history_of_a_long_post_pages_to_its_end(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    for n in range(7):
        await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": f"Edit {n}"})

    body, seen = (await world.get(f"/v1/posts/{post['id']}/history?limit=3")).json(), 0
    while True:
        seen += len(body["items"])
        if body["next"] is None:
            break
        body = (await world.get(f"/v1/posts/{post['id']}/history?limit=3&cursor={body['next']}")).json()

    assert seen == 7
