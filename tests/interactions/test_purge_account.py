"""What others see once the worker has purged an account that reacted, pinned and was reacted to."""

from typing import Any

from hubbub.accounts import AccountPurged
from hubbub.platform.outbox import announce
from tests.support.drift import find_drift
from tests.support.world import Person, World


async def purge(world: World, who: Person) -> None:
    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=who.id))
    await world.set_state(who, "deleted")
    await world.settle()


async def counts(world: World, post: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]
    return found


async def everything_done_to(world: World, post: dict[str, Any], by: Person) -> None:
    for verb in ("like", "repost", "bookmark"):
        (await world.put(f"/v1/posts/{post['id']}/{verb}", by=by)).raise_for_status()
    await world.comment(by, post)
    await world.write(by, quote=post["id"])


async def test_purged_account_is_counted_nowhere(world: World) -> None:
    author, leaving, fan = await world.person(), await world.person(), await world.person()
    post = await world.write(author)
    for person in (leaving, fan):
        await everything_done_to(world, post, person)

    await purge(world, leaving)

    assert await counts(world, post) == {"likes": 1, "comments": 1, "reposts": 1, "quotes": 1}


async def test_purged_account_leaves_no_reaction_bookmark_or_pin(world: World) -> None:
    author, leaving = await world.person(), await world.person()
    await everything_done_to(world, await world.write(author), leaving)
    own = await world.write(leaving)
    await world.put(f"/v1/posts/{own['id']}/pin", by=leaving)
    await everything_done_to(world, own, author)

    await purge(world, leaving)

    for table in ("reactions", "bookmarks", "pins"):
        assert await world.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608 - one of those above


async def test_purge_of_a_liker_lowers_the_comment_in_its_order(world: World) -> None:
    author, leaving, fan = await world.person(), await world.person(), await world.person()
    post = await world.write(author)
    a, b = await world.comment(author, post), await world.comment(author, post)
    for person, comment in ((leaving, a), (fan, a), (fan, b)):
        await world.put(f"/v1/posts/{comment['id']}/like", by=person)
    await world.settle()
    path = f"/v1/posts/{post['id']}/comments?order=top"
    before = (await world.get(path)).json()["items"]

    await purge(world, leaving)

    assert [item["id"] for item in before] == [a["id"], b["id"]]
    assert [item["id"] for item in (await world.get(path)).json()["items"]] == [b["id"], a["id"]]


async def test_purge_leaves_counts_of_others_equal_to_their_rows(world: World) -> None:
    author, leaving, fan = await world.person(), await world.person(), await world.person()
    post = await world.write(author)
    await everything_done_to(world, post, leaving)
    for who, whom in ((leaving, author), (author, leaving), (fan, leaving)):
        await world.follow(who, whom)
    await world.put(f"/v1/posts/{(await world.write(leaving))['id']}/like", by=fan)

    await purge(world, leaving)

    async with world.db.connection() as tx:
        drift = await find_drift(tx)
    assert [each for each in drift if each.subject_id in (int(post["id"]), author.id, fan.id)] == []


async def test_posts_that_met_a_purged_account_are_shown_without_it(world: World) -> None:
    leaving, other = await world.person(), await world.person()
    gone = await world.write(leaving)
    quote = await world.write(other, quote=gone["id"])
    await world.put(f"/v1/posts/{gone['id']}/repost", by=other)
    await world.put(f"/v1/posts/{gone['id']}/like", by=other)
    answer = await world.comment(other, gone)

    await purge(world, leaving)

    assert (await world.get(f"/v1/posts/{quote['id']}")).json()["quote"] is None
    mine = (await world.get(f"/v1/accounts/{other.id}/posts?replies=true", by=other)).json()["items"]
    assert [item["id"] for item in mine] == [answer["id"], quote["id"]]
    assert (await world.get("/v1/me/likes", by=other)).json()["items"] == []
    assert (await world.get(f"/v1/posts/{answer['id']}")).status_code == 404
