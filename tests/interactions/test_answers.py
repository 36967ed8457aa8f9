"""What a verb answers is what a reader of the post is shown next."""

from typing import Any

import pytest

from tests.posts.readers import statements_of
from tests.support.world import Person, World

FIELDS = ("liked", "reposted", "bookmarked", "pinned")


async def busy_post(world: World, author: Person) -> dict[str, Any]:
    """With another number of each kind of count."""
    post = await world.write(author)
    people = [await world.person() for _ in range(4)]
    for person in people:
        await world.put(f"/v1/posts/{post['id']}/like", by=person)
    for person in people[:3]:
        await world.comment(person, post)
    for person in people[:2]:
        await world.put(f"/v1/posts/{post['id']}/repost", by=person)
    await world.write(people[0], quote=post["id"])
    return post


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("verb", ["like", "repost", "bookmark", "pin"])
async def test_answer_is_the_state_and_the_counts_of_the_post(world: World, verb: str, method: str) -> None:
    author = await world.person()
    post = await busy_post(world, author)
    path = f"/v1/posts/{post['id']}"

    answer = (await world.request(method, f"{path}/{verb}", by=author)).json()

    shown = (await world.get(path, by=author)).json()
    assert answer == {
        "id": post["id"],
        "counts": shown["counts"],
        **{field: shown["viewer"][field] for field in FIELDS},
    }
    assert len(set(answer["counts"].values())) >= 3


async def test_state_is_of_the_viewer_alone(world: World) -> None:
    author, fan, other = [await world.person() for _ in range(3)]
    path = f"/v1/posts/{(await world.write(author))['id']}"
    for verb in ("like", "repost", "bookmark"):
        await world.put(f"{path}/{verb}", by=fan)

    states = [(await world.get(path, by=by)).json()["viewer"] for by in (fan, other, author)]

    assert [[state[field] for field in FIELDS] for state in states] == [
        [True, True, True, False],
        [False] * 4,
        [False] * 4,
    ]


@pytest.mark.parametrize("undo", ["like", "repost", "bookmark"])
async def test_one_reaction_taken_back_leaves_the_others(world: World, undo: str) -> None:
    author, fan = await world.person(), await world.person()
    path = f"/v1/posts/{(await world.write(author))['id']}"
    verbs = {"like": "liked", "repost": "reposted", "bookmark": "bookmarked"}
    for verb in verbs:
        await world.put(f"{path}/{verb}", by=fan)

    answer = (await world.delete(f"{path}/{undo}", by=fan)).json()

    assert {verb: answer[field] for verb, field in verbs.items()} == {verb: verb != undo for verb in verbs}


async def test_repost_is_shown_with_the_numbers_of_what_it_passes_on(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await busy_post(world, author)
    await world.put(f"/v1/posts/{post['id']}/repost", by=fan)

    [shown] = (await world.get(f"/v1/accounts/{fan.id}/posts", by=fan)).json()["items"]

    assert (shown["text"], shown["repost_of"]["id"]) == ("", post["id"])
    assert shown["repost_of"]["counts"] == {"likes": 4, "comments": 3, "reposts": 3, "quotes": 1}
    assert (shown["repost_of"]["viewer"]["reposted"], shown["viewer"]["reposted"]) == (True, False)


@pytest.mark.parametrize("verb", ["like", "repost", "bookmark"])
async def test_verb_costs_the_same_on_a_busy_post(world: World, verb: str) -> None:
    author, fan = await world.person(), await world.person()
    quiet, busy = await world.write(author), await busy_post(world, author)
    await world.get("/v1/me/likes", by=fan)  # from here on the session is known

    costs = []
    for post in (quiet, busy):
        await world.get(f"/v1/posts/{post['id']}", by=fan)
        with world.counted() as cost:
            await world.put(f"/v1/posts/{post['id']}/{verb}", by=fan)
        costs.append(len(statements_of(cost.statements)))

    assert costs[0] == costs[1]
