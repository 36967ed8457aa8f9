import asyncio

from tests.posts.readers import ids
from tests.posts.verbs import repost
from tests.support.world import World


async def test_deleted_post_is_gone_from_every_page_at_once(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada, "About #rivers")
    other = await world.write(bob, quote=post["id"])
    repost_id = await repost(world, bob, post["id"])

    reply = await world.delete(f"/v1/posts/{post['id']}", by=ada)

    assert (reply.status_code, reply.content) == (204, b"")
    assert (await world.get(f"/v1/posts/{post['id']}", by=ada)).status_code == 404
    assert (await world.get(f"/v1/posts/{repost_id}", by=bob)).status_code == 404
    assert (await world.get(f"/v1/posts/{other['id']}")).json()["quote"] is None
    assert await ids(world, f"/v1/accounts/{ada.id}/posts") == []
    assert await ids(world, f"/v1/accounts/{bob.id}/posts") == [other["id"]]
    assert await ids(world, f"/v1/posts?ids={post['id']}", by=ada) == []
    assert await world.rows("SELECT tag FROM post_tags") == []


async def test_second_deletion_finds_nothing(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    await world.fill_pool()

    replies = await asyncio.gather(*(world.delete(f"/v1/posts/{post['id']}", by=ada) for _ in range(4)))

    assert sorted(reply.status_code for reply in replies) == [204, 404, 404, 404]
    assert await world.announced("PostDeleted") == 1
    assert await world.value("SELECT sum(delta) FROM count_deltas WHERE subject_id = $1", ada.id) == 0


async def test_deletion_takes_its_share_of_the_counts(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    comment = await world.comment(ada, post, quote=post["id"])

    await world.delete(f"/v1/posts/{comment['id']}", by=ada)

    counts = (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]
    assert (counts["comments"], counts["quotes"]) == (0, 0)


async def test_deleted_comment_leaves_the_lists_and_its_answers_stay(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(ada, post)
    answer = await world.comment(bob, comment)

    await world.delete(f"/v1/posts/{comment['id']}", by=ada)

    for order in ("newest", "oldest", "top"):
        assert await ids(world, f"/v1/posts/{post['id']}/comments?order={order}") == []
    thread = (await world.get(f"/v1/posts/{answer['id']}/thread")).json()
    assert [each["id"] for each in thread["ancestors"]] == [post["id"]]
    assert thread["post"]["id"] == answer["id"]


async def test_deleted_root_hides_nothing_below_it(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(bob, post)

    await world.delete(f"/v1/posts/{post['id']}", by=ada)

    assert (await world.get(f"/v1/posts/{comment['id']}")).status_code == 200


async def test_deleting_a_repost_takes_it_back(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    repost_id = await repost(world, bob, post["id"])

    reply = await world.delete(f"/v1/posts/{repost_id}", by=bob)
    seen = (await world.get(f"/v1/posts/{post['id']}", by=bob)).json()

    assert reply.status_code == 204
    assert seen["counts"]["reposts"] == 0
    assert seen["viewer"]["reposted"] is False
    assert await world.value("SELECT count(*) FROM posts") == 1
