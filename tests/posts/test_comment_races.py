"""Comments and quotes on what changes under them: taken or refused, never half."""

from typing import Any

import pytest

from tests.posts.readers import ids
from tests.support.storms import Sending, assert_no_drift, storm
from tests.support.world import Person, World


def answers(world: World, people: list[Person], post: dict[str, Any], field: str) -> list[Sending]:
    body = {"text": "An answer", field: post["id"]}
    return [world.post("/v1/posts", by=person, json=body) for person in people]


@pytest.mark.parametrize("field", ["reply_to", "quote"])
async def test_answers_to_a_post_that_is_just_deleted_count_as_rows(world: World, field: str) -> None:
    ada, *people = [await world.person() for _ in range(7)]
    post = await world.write(ada)
    sending = answers(world, people, post, field)

    statuses = await storm(
        world,
        [*sending[:3], world.delete(f"/v1/posts/{post['id']}", by=ada), *sending[3:]],
        allowed={201, 204, 404},
    )

    written = await world.value("SELECT count(*) FROM posts WHERE author_id <> $1", ada.id)
    assert written == statuses.count(201)
    assert (await world.get(f"/v1/posts/{post['id']}", by=ada)).status_code == 404
    await assert_no_drift(world)


async def test_comments_deleted_twice_at_once_count_once(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    comments = [await world.comment(bob, post) for _ in range(4)]

    statuses = await storm(
        world,
        [world.delete(f"/v1/posts/{comment['id']}", by=bob) for comment in comments for _ in range(4)],
        allowed={204, 404},
    )

    assert statuses.count(204) == 4
    assert (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]["comments"] == 0
    assert (await world.counts(bob))["posts"] == 0
    assert await world.announced("PostDeleted") == 4
    await assert_no_drift(world)


async def test_answers_while_the_author_blocks_stay_hidden_from_both(world: World) -> None:
    ada, *people = [await world.person() for _ in range(6)]
    post = await world.write(ada)
    blocks = [world.put(f"/v1/accounts/{person.id}/block", by=ada) for person in people]

    await storm(world, [*answers(world, people, post, "reply_to"), *blocks], allowed={200, 201, 404})

    assert await ids(world, f"/v1/posts/{post['id']}/comments", by=ada) == []
    for person in people:
        assert (await world.get(f"/v1/posts/{post['id']}/comments", by=person)).status_code == 404
    await assert_no_drift(world)


async def test_quotes_of_a_post_that_is_just_narrowed_show_it_to_its_audience_alone(world: World) -> None:
    ada, *people = [await world.person() for _ in range(6)]
    post = await world.write(ada)
    narrowing = world.patch(f"/v1/posts/{post['id']}", by=ada, json={"visibility": "followers"})
    sending = answers(world, people, post, "quote")

    await storm(world, [*sending[:2], narrowing, *sending[2:]], allowed={200, 201, 403, 404})

    for row in await world.rows("SELECT id FROM posts WHERE quote_of IS NOT NULL"):
        quote = (await world.get(f"/v1/posts/{row['id']}")).json()
        assert quote["quote"] is None
    await assert_no_drift(world)


async def test_answers_to_answers_at_once_know_their_root(world: World) -> None:
    ada, *people = [await world.person() for _ in range(5)]
    post = await world.write(ada)
    comment = await world.comment(ada, post)

    await storm(world, answers(world, people, comment, "reply_to"), allowed={201})

    rows = await world.rows("SELECT root_id, between_ids FROM posts WHERE parent_id = $1", int(comment["id"]))
    assert rows == [{"root_id": int(post["id"]), "between_ids": None}] * 4
    assert len(await ids(world, f"/v1/posts/{comment['id']}/comments")) == 4
