import asyncio
from typing import Any

import pytest

from tests.posts.readers import statements_of
from tests.support.world import World

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


async def test_post_is_shown_as_its_author_wrote_it(world: World) -> None:
    ada = await world.person("ada")

    reply = await world.post(
        "/v1/posts",
        by=ada,
        json={"text": "  Rivers\r\nrun ", "content_warning": "water", "language": "en-gb"},
    )

    post = reply.json()
    assert reply.status_code == 201
    assert reply.headers["etag"].startswith('W/"1.')
    assert post["text"] == "Rivers\nrun"
    assert post["author"]["handle"] == "ada"
    assert (post["content_warning"], post["language"]) == ("water", "en-GB")
    assert (post["visibility"], post["reply_policy"]) == ("public", "everyone")
    assert (post["reply_to"], post["root"], post["quote"], post["repost_of"]) == (None,) * 4
    assert (post["media"], post["poll"], post["edited_at"], post["version"]) == ([], None, None, 1)
    assert post["counts"] == {"likes": 0, "comments": 0, "reposts": 0, "quotes": 0}
    assert post["viewer"] == {
        "liked": False,
        "reposted": False,
        "bookmarked": False,
        "pinned": False,
        "following_author": False,
        "may_comment": True,
    }


async def test_reply_to_the_author_is_what_a_reader_gets(world: World) -> None:
    ada, reader = await world.person(), await world.person()
    post = await world.write(ada, "Rivers run")

    by_nobody = await world.get(f"/v1/posts/{post['id']}")
    by_reader = await world.get(f"/v1/posts/{post['id']}", by=reader)

    assert by_nobody.json() == {**post, "viewer": None}
    assert by_reader.json() == post


async def test_language_is_the_authors_unless_said(world: World) -> None:
    ada = await world.person()
    await world.value("UPDATE accounts SET locale = 'de' WHERE id = $1 RETURNING 1", ada.id)

    assert (await world.write(ada))["language"] == "de"
    assert (await world.write(ada, language="zh-hant"))["language"] == "zh-Hant"


async def test_preferences_fill_in_what_is_left_out(world: World) -> None:
    ada = await world.person()
    changes = {"default_visibility": "followers", "default_language": "fr"}
    (await world.patch("/v1/me/preferences", by=ada, json=changes)).raise_for_status()

    post = await world.write(ada)
    said = await world.write(ada, visibility="public", language="en")
    half = await world.write(ada, visibility="public")

    assert (post["visibility"], post["language"]) == ("followers", "fr")
    assert (said["visibility"], said["language"]) == ("public", "en")
    assert (half["visibility"], half["language"]) == ("public", "fr")


async def test_characters_are_counted_as_people_count_them(world: World) -> None:
    ada = await world.person()

    fits = await world.post("/v1/posts", by=ada, json={"text": FAMILY * 5000})
    is_over = await world.post("/v1/posts", by=ada, json={"text": "e\u0301" * 5001})

    assert fits.status_code == 201
    assert is_over.status_code == 422
    assert is_over.json()["errors"][0]["pointer"] == "/text"
    assert is_over.json()["errors"][0]["code"] == "too_long"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": " \n "}, "/text"),
        ({"text": None}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": "a\0b"}, "/text"),
        ({"text": "a\ufffe"}, "/text"),
        ({"text": "x" * 100_001}, "/text"),
        ({"text": "x" * 5001}, "/text"),
        ({"text": "x", "content_warning": "x" * 201}, "/content_warning"),
        ({"text": "x", "language": "not a language"}, "/language"),
        ({"text": "x", "visibility": "secret"}, "/visibility"),
        ({"text": "x", "reply_policy": "some"}, "/reply_policy"),
        ({"text": "x", "reply_to": "abc"}, "/reply_to"),
        ({"text": "x", "quote": 5}, "/quote"),
        ({"text": "x", "author_id": "5"}, "/author_id"),
    ],
)
async def test_unacceptable_field_is_named(world: World, body: dict[str, Any], pointer: str) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json=body)

    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]
    assert await world.value("SELECT count(*) FROM posts") == 0


async def test_lone_surrogate_is_refused(world: World) -> None:
    ada = await world.person()
    headers = {"Content-Type": "application/json"}

    reply = await world.post("/v1/posts", by=ada, content=b'{"text": "\\ud800"}', headers=headers)

    assert reply.status_code == 400
    assert reply.json()["code"] == "malformed_json"


async def test_media_that_is_not_there_is_not_found(world: World) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "x", "media_ids": ["123"]})

    assert (reply.status_code, reply.json()["code"]) == (422, "media_not_found")


async def test_post_needs_an_account(world: World) -> None:
    assert (await world.post("/v1/posts", json={"text": "x"})).status_code == 401


async def test_identical_posts_at_once_with_one_key_make_one(world: World) -> None:
    ada = await world.person()
    headers = {"Idempotency-Key": "only-once"}
    await world.fill_pool()

    replies = await asyncio.gather(
        *(world.post("/v1/posts", by=ada, json={"text": "Once"}, headers=headers) for _ in range(10))
    )

    created = [reply for reply in replies if reply.status_code == 201]
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len({reply.json()["id"] for reply in created}) == 1
    assert await world.value("SELECT count(*) FROM posts") == 1
    assert await world.announced("PostCreated") == 1


async def test_refused_post_leaves_nothing_behind(world: World) -> None:
    ada = await world.person()
    before = await world.value("SELECT count(*) FROM outbox")

    await world.post("/v1/posts", by=ada, json={"text": "#tag @nobody", "quote": "5"})

    assert await world.value("SELECT count(*) FROM outbox") == before
    assert await world.value("SELECT count(*) FROM post_tags") == 0


async def test_plain_post_takes_few_statements(world: World) -> None:
    ada = await world.person()
    await world.write(ada)

    with world.db.recorded_statements() as statements:
        await world.write(ada, "Rivers run", language="en", visibility="public")

    assert len(statements_of(statements)) == 1
