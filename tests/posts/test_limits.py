"""The bounds of a post: what lies on them is taken whole, what lies beyond is refused or stays plain text."""

from typing import Any

import pytest

from tests.posts.readers import ids
from tests.support.world import World


async def test_thirty_tags_are_found_and_the_next_is_plain(world: World) -> None:
    ada = await world.person()
    text = " ".join(f"#tag{number}x" for number in range(31))

    post = await world.write(ada, text)

    assert post["text"] == text
    assert [tag["tag"] for tag in post["entities"]["tags"]] == [f"tag{number}x" for number in range(30)]
    assert await world.value("SELECT count(*) FROM post_tags") == 30


async def test_thirty_links_are_found_and_the_next_is_plain(world: World) -> None:
    ada = await world.person()

    post = await world.write(ada, " ".join(f"https://example.com/{number}" for number in range(31)))

    assert len(post["entities"]["links"]) == 30
    assert post["entities"]["links"][-1]["url"] == "https://example.com/29"


async def test_twenty_people_are_reached(world: World) -> None:
    ada = await world.person()
    people = [await world.person() for _ in range(20)]

    post = await world.write(ada, " ".join(f"@{each.handle}" for each in people), visibility="mentioned")

    assert [each["id"] for each in post["entities"]["mentions"]] == [str(each.id) for each in people]
    assert (await world.get(f"/v1/posts/{post['id']}", by=people[-1])).status_code == 200


async def test_twenty_first_person_is_too_many(world: World) -> None:
    ada = await world.person()

    reply = await world.post(
        "/v1/posts", by=ada, json={"text": " ".join(f"@somebody{number}" for number in range(21))}
    )

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == "/text"


async def test_one_person_may_be_named_often(world: World) -> None:
    ada, bob = await world.person(), await world.person("bob")

    post = await world.write(ada, "@bob " * 25)

    assert {each["id"] for each in post["entities"]["mentions"]} == {str(bob.id)}
    assert len(post["entities"]["mentions"]) == 25


LONGEST = [("text", 5000), ("content_warning", 200)]


@pytest.mark.parametrize(("field", "size"), LONGEST)
async def test_longest_is_stored_whole(world: World, field: str, size: int) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "x", field: "é" * size})

    assert reply.status_code == 201
    assert reply.json()[field] == "é" * size


@pytest.mark.parametrize(("field", "size"), LONGEST)
async def test_one_character_more_is_refused(world: World, field: str, size: int) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "x", field: "é" * (size + 1)})

    assert reply.status_code == 422
    assert [(each["pointer"], each["code"]) for each in reply.json()["errors"]] == [(f"/{field}", "too_long")]


async def test_hundred_posts_are_shown_by_ids_and_one_more_is_refused(world: World) -> None:
    ada = await world.person()
    posts = [(await world.write(ada))["id"] for _ in range(3)]
    never = [str(number) for number in range(1, 98)]
    asked = [posts[2], *never, posts[0], posts[1]]

    found = await ids(world, f"/v1/posts?ids={','.join(asked)}")
    refused = await world.get(f"/v1/posts?ids={','.join([*asked, '98'])}")

    assert found == [posts[2], posts[0], posts[1]]
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "ids")


async def test_repeated_id_is_shown_once(world: World) -> None:
    ada = await world.person()
    a, b = (await world.write(ada))["id"], (await world.write(ada))["id"]

    assert await ids(world, f"/v1/posts?ids={b},{a},{b},{a}") == [b, a]


async def test_deepest_comment_is_shown_with_all_its_ancestors(world: World) -> None:
    ada = await world.person()
    chain = [await world.write(ada)]
    for _ in range(32):
        chain.append(await world.comment(ada, chain[-1]))

    thread = (await world.get(f"/v1/posts/{chain[-1]['id']}/thread")).json()

    assert [each["id"] for each in thread["ancestors"]] == [each["id"] for each in chain[:-1]]
    assert {each["root"] for each in chain[1:]} == {chain[0]["id"]}


@pytest.mark.parametrize("through", ["comment", "post"])
async def test_level_too_deep_leaves_nothing(world: World, through: str) -> None:
    ada = await world.person()
    post = await world.write(ada)
    for _ in range(32):
        post = await world.comment(ada, post)
    path = f"/v1/posts/{post['id']}/comments" if through == "comment" else "/v1/posts"
    body: dict[str, Any] = {"text": "x"} if through == "comment" else {"text": "x", "reply_to": post["id"]}

    reply = await world.post(path, by=ada, json=body)

    assert (reply.status_code, reply.json()["code"]) == (422, "too_deep")
    assert (await world.counts(ada))["posts"] == 33
    assert (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]["comments"] == 0


async def test_sixteen_files_are_too_many_to_be_looked_for(world: World) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "x", "media_ids": ["5"] * 17})

    assert (reply.status_code, reply.json()["errors"][0]["pointer"]) == (422, "/media_ids")


async def test_body_of_more_than_a_mebibyte_is_too_large(world: World) -> None:
    ada = await world.person()

    reply = await world.post("/v1/posts", by=ada, json={"text": "x" * 1_100_000})

    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
