"""Home feeds whose list stands: what a reader sees at once, what a poll costs, and what is shown once."""

from typing import Any

from tests.support.world import Person, World

HOME = "/v1/feeds/home"


async def items(world: World, by: Person, path: str = HOME) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.get(path, by=by)).json()["items"]
    return found


async def ids(world: World, by: Person, path: str = HOME) -> list[str]:
    return [item["id"] for item in await items(world, by, path)]


async def friends_of(world: World, reader: Person, count: int) -> list[Person]:
    friends = [await world.person() for _ in range(count)]
    for friend in friends:
        await world.follow(reader, friend)
    return friends


async def test_what_is_delivered_to_a_standing_list_is_read_from_it(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    old = await world.write(friend)
    await world.settle()
    await world.warm_home(reader)
    new = await world.write(friend)
    await world.settle()

    with world.counted() as cost:
        assert await ids(world, reader) == [new["id"], old["id"]]
    assert [statement for statement in cost.statements if "follows" in statement] == []


async def test_own_post_is_there_before_it_is_delivered(world: World) -> None:
    reader = await world.person()
    await world.warm_home(reader)
    post = await world.write(reader)

    assert await ids(world, reader) == [post["id"]]
    await world.delete(f"/v1/posts/{post['id']}", by=reader)
    assert await ids(world, reader) == []


async def test_end_of_a_follow_and_a_block_show_on_the_next_read(world: World) -> None:
    reader = await world.person()
    left, blocker = await friends_of(world, reader, 2)
    for friend in (left, blocker):
        await world.write(friend)
    await world.settle()
    assert len((await world.warm_home(reader)).json()["items"]) == 2

    await world.delete(f"/v1/accounts/{left.id}/follow", by=reader)
    assert len(await ids(world, reader)) == 1
    await world.block(blocker, reader)
    assert await ids(world, reader) == []
    await world.put(f"/v1/accounts/{left.id}/follow", by=reader)
    assert len(await ids(world, reader)) == 1


async def test_post_pushed_late_by_somebody_unfollowed_meanwhile_is_not_shown(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    await world.write(friend)
    await world.delete(f"/v1/accounts/{friend.id}/follow", by=reader)
    await world.warm_home(reader)
    await world.settle()

    assert await ids(world, reader) == []


async def test_edit_and_deletion_show_on_the_next_read(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    post, other = await world.write(friend), await world.write(friend)
    await world.settle()
    await world.warm_home(reader)

    await world.request("PATCH", f"/v1/posts/{post['id']}", by=friend, json={"text": "mended"})
    assert [item["text"] for item in await items(world, reader)][1] == "mended"
    await world.delete(f"/v1/posts/{other['id']}", by=friend)
    assert await ids(world, reader) == [post["id"]]


async def test_like_of_ones_own_and_its_count_show_on_the_next_read(world: World) -> None:
    reader, fan = await world.person(), await world.person()
    [friend] = await friends_of(world, reader, 1)
    post = await world.write(friend)
    await world.settle()
    await world.warm_home(reader)

    await world.put(f"/v1/posts/{post['id']}/like", by=fan)
    await world.put(f"/v1/posts/{post['id']}/like", by=reader)

    [item] = await items(world, reader)
    assert (item["viewer"]["liked"], item["counts"]["likes"]) == (True, 2)


async def test_poll_with_the_etag_of_the_page_gets_no_body_until_something_is_new(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    await world.write(friend)
    await world.settle()
    known = {"If-None-Match": (await world.warm_home(reader)).headers["etag"]}

    with world.counted() as cost:
        poll = await world.get(HOME, by=reader, headers=known)
    assert (poll.status_code, poll.content) == (304, b"")
    assert (len(cost.statements), cost.round_trips) == (0, 1)

    await world.write(friend)
    await world.settle()
    assert (await world.get(HOME, by=reader, headers=known)).status_code == 200


async def test_since_gives_only_what_is_newer(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    posts = [(await world.write(friend))["id"] for _ in range(5)]
    await world.settle()
    await world.warm_home(reader)

    assert await ids(world, reader, f"{HOME}?since={posts[2]}") == [posts[4], posts[3]]
    assert await ids(world, reader, f"{HOME}?since={posts[4]}") == []
    first = (await world.get(f"{HOME}?since={posts[0]}&limit=3", by=reader)).json()
    rest = await ids(world, reader, f"{HOME}?since={posts[0]}&limit=3&cursor={first['next']}")
    assert [item["id"] for item in first["items"]] + rest == [posts[4], posts[3], posts[2], posts[1]]


async def test_post_that_several_pass_on_stands_once_and_says_who(world: World) -> None:
    reader, author = await world.person(), await world.person()
    bo, cy, hidden = await friends_of(world, reader, 3)
    stranger = await world.person()
    post = await world.write(author)
    for person in (stranger, bo, cy, hidden):
        await world.put(f"/v1/posts/{post['id']}/repost", by=person)
    await world.mute(reader, hidden, scope="reposts")
    await world.settle()
    await world.warm_home(reader)

    [item] = await items(world, reader)
    assert (item["author"]["handle"], item["repost_of"]["id"]) == (bo.handle, post["id"])
    assert [card["handle"] for card in item["reposted_by"]] == [bo.handle, cy.handle]

    await world.delete(f"/v1/posts/{post['id']}/repost", by=bo)
    [item] = await items(world, reader)
    assert (item["author"]["handle"], [card["handle"] for card in item["reposted_by"]]) == (
        cy.handle,
        [cy.handle],
    )


async def test_post_of_somebody_followed_is_not_shown_again_when_it_is_passed_on(world: World) -> None:
    reader = await world.person()
    author, bo = await friends_of(world, reader, 2)
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bo)
    await world.settle()
    await world.warm_home(reader)

    [item] = await items(world, reader)
    assert (item["id"], [card["handle"] for card in item["reposted_by"]]) == (post["id"], [bo.handle])


async def test_members_of_an_exclusive_list_leave_a_standing_home(world: World) -> None:
    reader = await world.person()
    [friend] = await friends_of(world, reader, 1)
    await world.write(friend)
    await world.settle()
    await world.warm_home(reader)

    made = await world.post("/v1/lists", by=reader, json={"title": "Apart", "exclusive": True})
    path = f"/v1/lists/{made.json()['id']}/members/{friend.id}"
    await world.put(path, by=reader)
    await world.write(friend)
    await world.settle()
    assert await ids(world, reader) == []
    await world.delete(path, by=reader)
    assert len(await ids(world, reader)) == 2
