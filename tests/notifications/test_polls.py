"""The end of a poll is told once to its author and to all who voted, and to nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from hubbub.notifications import polls
from hubbub.posts.reactors import end_polls
from tests.notifications.support import notifications, told
from tests.posts.polling import ask, set_ends, vote
from tests.support.world import Person, World


async def end(world: World, *posts: dict[str, Any]) -> None:
    await set_ends(world, posts, ago=timedelta(minutes=1))
    await end_polls(world.db)
    await world.settle()


async def voters(world: World, number: int, *posts: dict[str, Any]) -> list[Person]:
    people = [await world.person(f"voter{n}") for n in range(number)]
    for person in people:
        for post in posts:
            (await vote(world, person, post, 0)).raise_for_status()
    return people


async def test_author_and_voters_are_told_of_the_end(world: World) -> None:
    ada, other = await world.person("ada"), await world.person("other")
    post = await ask(world, ada)
    await world.put(f"/v1/posts/{post['id']}/bookmark", by=other)
    [bob] = await voters(world, 1, post)

    await end(world, post)

    [of_bob], [of_ada] = await notifications(world, bob), await notifications(world, ada)
    for item in (of_bob, of_ada):
        assert (item["kind"], item["count"], item["post"]["id"]) == ("poll_ended", 1, post["id"])
        assert [account["handle"] for account in item["accounts"]] == ["ada"]
    assert of_bob["post"]["poll"]["viewer"] == {"choices": [0]}
    assert await told(world, other) == []


async def test_poll_without_votes_tells_its_author(world: World) -> None:
    ada = await world.person("ada")

    await end(world, await ask(world, ada))

    assert await told(world, ada) == [("poll_ended", ["ada"])]


async def test_voters_are_told_in_slices_each_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "SLICE", 2)
    monkeypatch.setattr(polls, "VOTERS", 3)
    ada = await world.person("ada")
    posts = [await ask(world, ada) for _ in range(3)]
    people = await voters(world, 5, *posts)

    await end(world, *posts)

    for person in (ada, *people):
        items = await notifications(world, person)
        assert sorted(item["post"]["id"] for item in items) == [post["id"] for post in posts]
    assert await world.value("SELECT count(*) FROM notification_groups") == 3 * 6
    assert await world.value("SELECT count(*) FROM dead_letters") == 0


@pytest.mark.parametrize("what", ["block", "mute", "delete", "off", "narrow"])
async def test_who_may_not_or_will_not_hear_of_it_is_not_told(world: World, what: str) -> None:
    ada = await world.person("ada")
    post = await ask(world, ada)
    bob, cleo = await voters(world, 2, post)
    if what == "block":
        await world.block(ada, bob)
    elif what == "mute":
        await world.mute(bob, ada)
    elif what == "delete":
        await world.delete(f"/v1/posts/{post['id']}", by=ada)
    elif what == "narrow":
        await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"visibility": "mentioned"})
    else:
        off = dict.fromkeys(("in_app", "web_push", "mobile_push", "mail"), False)
        reply = await world.patch(
            "/v1/notifications/preferences", by=bob, json={"kinds": {"poll_ended": off}}
        )
        reply.raise_for_status()

    await end(world, post)

    assert await told(world, bob) == []
    is_told = what in ("block", "mute", "off")
    assert await told(world, cleo) == ([("poll_ended", ["ada"])] if is_told else [])
    rows = "SELECT count(*) FROM notification_groups WHERE account_id = $1"
    assert await world.value(rows, bob.id) == 0


async def test_strangers_voted_for_what_they_are_told(world: World) -> None:
    ada = await world.person("ada")
    post = await ask(world, ada)
    [bob] = await voters(world, 1, post)
    policy = {"not_following": "drop", "not_followers": "drop", "new_accounts": "drop"}
    for person in (ada, bob):
        reply = await world.patch("/v1/notifications/preferences", by=person, json={"policy": policy})
        reply.raise_for_status()

    await end(world, post)

    assert await told(world, bob) == await told(world, ada) == [("poll_ended", ["ada"])]


async def test_post_deleted_after_its_end_leaves_nothing_to_be_seen(world: World) -> None:
    ada = await world.person("ada")
    post = await ask(world, ada)
    [bob] = await voters(world, 1, post)
    await end(world, post)

    await world.delete(f"/v1/posts/{post['id']}", by=ada)

    assert await told(world, bob) == await told(world, ada) == []
    assert await world.value("SELECT count(*) FROM notification_groups WHERE account_id = $1", ada.id) == 0
