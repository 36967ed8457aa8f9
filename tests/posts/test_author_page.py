import pytest

from hubbub.reactions import pin_post
from tests.posts.readers import ids, page_through, statements_of
from tests.posts.verbs import repost
from tests.support.world import World


async def test_author_page_holds_posts_and_reposts_and_comments_when_asked(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    other = await world.write(bob)
    post = await world.write(ada)
    comment = await world.comment(ada, other)
    repost_id = await repost(world, ada, other["id"])
    path = f"/v1/accounts/{ada.id}/posts"

    assert await ids(world, path) == [repost_id, post["id"]]
    assert await ids(world, f"{path}?replies=false") == [repost_id, post["id"]]
    assert await ids(world, f"{path}?replies=true") == [repost_id, comment["id"], post["id"]]


async def test_pinned_posts_are_listed_alone(world: World) -> None:
    ada = await world.person()
    a, _, c = [(await world.write(ada))["id"] for _ in range(3)]
    async with world.db.transaction() as tx:
        await pin_post(tx, post_id=int(c), account_id=ada.id)
        await pin_post(tx, post_id=int(a), account_id=ada.id)
    path = f"/v1/accounts/{ada.id}/posts?pinned=true"

    shown = (await world.get(path, by=ada)).json()["items"]

    assert [item["id"] for item in shown] == [a, c]
    assert all(item["viewer"]["pinned"] for item in shown)
    assert await page_through(world, path, limit=1) == [[a], [c]]
    await world.delete(f"/v1/posts/{a}", by=ada)
    assert await ids(world, path) == [c]


async def test_page_of_an_unseen_account_is_answered_like_that_of_nobody(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    await world.block(ada, eve)

    for id_ in (str(ada.id), "5", "x", "0", "9" * 25):
        reply = await world.get(f"/v1/accounts/{id_}/posts", by=eve)
        assert (reply.status_code, reply.json()["code"]) == (404, "account_not_found")


async def test_page_of_a_private_account_is_empty_for_strangers(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    await world.follow(bob, ada)
    post = await world.write(ada)
    await world.set_private(ada)

    assert await ids(world, f"/v1/accounts/{ada.id}/posts", by=eve) == []
    assert await ids(world, f"/v1/accounts/{ada.id}/posts") == []
    assert await ids(world, f"/v1/accounts/{ada.id}/posts", by=bob) == [post["id"]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=abc", "replies=maybe", "page=2"]
)
async def test_unacceptable_query_is_refused(world: World, query: str) -> None:
    ada = await world.person()

    reply = await world.get(f"/v1/accounts/{ada.id}/posts?{query}")

    assert reply.status_code in (400, 422)


async def test_cursor_of_another_list_or_reader_is_refused(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    for _ in range(3):
        await world.write(ada)
    cursor = (await world.get(f"/v1/accounts/{ada.id}/posts?limit=1", by=ada)).json()["next"]

    by_eve = await world.get(f"/v1/accounts/{ada.id}/posts?cursor={cursor}", by=eve)
    elsewhere = await world.get(f"/v1/accounts/{eve.id}/posts?cursor={cursor}", by=ada)

    assert [by_eve.status_code, elsewhere.status_code] == [400, 400]


async def test_page_costs_the_same_however_long_it_is(world: World) -> None:
    ada, reader = await world.person(), await world.person()
    for _ in range(6):
        other = await world.write(await world.person())
        await repost(world, ada, other["id"])
        await world.write(ada, quote=other["id"])
        await world.comment(ada, other)
    await world.get(f"/v1/accounts/{ada.id}/posts?replies=true&limit=100", by=reader)
    counted = []

    for limit in (3, 15):
        with world.db.recorded_statements() as recorded:
            reply = await world.get(f"/v1/accounts/{ada.id}/posts?replies=true&limit={limit}", by=reader)
        assert len(reply.json()["items"]) == limit
        counted.append(len(statements_of(recorded)))

    assert counted == [1, 1]  # the ids
