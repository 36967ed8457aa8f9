from typing import Any

import pytest

from tests.notifications.support import like, notifications, told
from tests.support.world import World


async def test_like_of_a_post_tells_its_author(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)

    await like(world, bob, post)

    [item] = await notifications(world, ada)
    assert (item["kind"], item["count"], item["is_read"]) == ("like", 1, False)
    assert [account["id"] for account in item["accounts"]] == [str(bob.id)]
    assert item["post"]["id"] == post["id"]
    assert await notifications(world, bob) == []


async def test_likes_of_one_post_stand_together_newest_first(world: World) -> None:
    ada = await world.person("ada")
    fans = [await world.person(f"fan{number}") for number in range(10)]
    post = await world.write(ada)
    for fan in fans:
        await like(world, fan, post)
        await world.settle()

    [item] = await notifications(world, ada)

    assert item["count"] == 10
    assert [account["handle"] for account in item["accounts"]] == [f"fan{n}" for n in range(9, 1, -1)]


async def test_own_deeds_are_no_news(world: World) -> None:
    ada = await world.person("ada")
    post = await world.write(ada, "By myself")
    await like(world, ada, post)
    await world.put(f"/v1/posts/{post['id']}/repost", by=ada)
    await world.comment(ada, post, "And @ada again")
    await world.write(ada, "As I said", quote=post["id"])

    assert await told(world, ada) == []


async def test_comment_tells_who_is_answered_and_mention_who_is_named(world: World) -> None:
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    post = await world.write(ada)

    comment = await world.comment(bob, post, "What do @ada and @cleo say?")

    [of_ada] = await notifications(world, ada)
    [of_cleo] = await notifications(world, cleo)
    assert (of_ada["kind"], of_ada["post"]["id"]) == ("comment", comment["id"])
    assert (of_cleo["kind"], of_cleo["post"]["id"]) == ("mention", comment["id"])


async def test_comment_on_a_comment_tells_its_author_and_not_the_root(world: World) -> None:
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    root = await world.write(ada)
    comment = await world.comment(bob, root)
    await world.comment(cleo, comment)

    assert await told(world, bob) == [("comment", ["cleo"])]
    assert await told(world, ada) == [("comment", ["bob"])]


async def test_edit_tells_those_whom_it_names_first(world: World) -> None:
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    post = await world.write(ada, "For @bob")

    await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "For @bob and @cleo"})

    assert await told(world, bob) == [("mention", ["ada"])]
    assert await told(world, cleo) == [("mention", ["ada"])]


async def test_repost_and_quote_tell_the_author(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    await world.settle()
    quoting = await world.write(bob, "Look", quote=post["id"])

    quote, repost = await notifications(world, ada)

    assert (quote["kind"], quote["post"]["id"]) == ("quote", quoting["id"])
    assert (repost["kind"], repost["post"]["id"]) == ("repost", post["id"])


async def test_follows_of_a_day_stand_together(world: World) -> None:
    ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
    await world.follow(bob, ada)
    await world.follow(cleo, ada)

    [item] = await notifications(world, ada)

    assert (item["kind"], item["count"], item["post"]) == ("follow", 2, None)


async def test_request_disappears_when_it_is_accepted_and_its_sender_is_told(world: World) -> None:
    ada, bob = await world.person("ada", is_private=True), await world.person("bob")
    await world.follow(bob, ada)
    asked = await told(world, ada)

    await world.put(f"/v1/follow-requests/{bob.id}", by=ada)

    assert asked == [("follow_request", ["bob"])]
    assert await told(world, ada) == []
    assert await told(world, bob) == [("follow_accepted", ["ada"])]


@pytest.mark.parametrize("path", ["/v1/accounts/{ada}/follow", "/v1/follow-requests/{bob}"])
async def test_request_disappears_when_it_is_withdrawn_or_rejected(world: World, path: str) -> None:
    ada, bob = await world.person("ada", is_private=True), await world.person("bob")
    await world.follow(bob, ada)
    await world.settle()

    by = bob if "accounts" in path else ada
    await world.delete(path.format(ada=ada.id, bob=bob.id), by=by)

    assert await told(world, ada) == []


async def test_shown_fields_are_those_of_the_contract(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await like(world, bob, await world.write(ada))

    [item] = await notifications(world, ada)
    alone: dict[str, Any] = (await world.get(f"/v1/notifications/{item['id']}", by=ada)).json()

    assert alone == item
    assert item["created_at"] == item["updated_at"]
    assert (item["text"], item["conversation_id"]) == (None, None)
