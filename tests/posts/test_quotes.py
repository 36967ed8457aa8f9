import pytest

from hubbub.posts import RepostNotAllowed
from tests.posts.readers import ids, page_through
from tests.posts.verbs import repost
from tests.support.world import World


async def test_quoted_post_is_shown_in_full_one_level_deep(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    first = await world.write(ada, "First")
    second = await world.write(bob, "Second", quote=first["id"])
    third = await world.write(ada, "Third", quote=second["id"])

    assert second["quote"]["text"] == "First"
    assert second["quote"]["counts"]["quotes"] == 1
    assert third["quote"]["text"] == "Second"
    assert third["quote"]["quote"] is None


async def test_quote_of_what_the_reader_may_not_see_is_null(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    quote = await world.write(bob, quote=post["id"])
    await world.block(ada, eve)

    assert (await world.get(f"/v1/posts/{quote['id']}", by=eve)).json()["quote"] is None
    assert (await world.get(f"/v1/posts/{quote['id']}")).json()["quote"]["id"] == post["id"]


async def test_quote_of_a_comment_goes_by_the_root_of_its_discussion(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(bob, post)
    quote = await world.write(bob, quote=comment["id"])
    await world.block(ada, eve)

    assert (await world.get(f"/v1/posts/{quote['id']}", by=eve)).json()["quote"] is None
    assert (await world.get(f"/v1/posts/{quote['id']}")).json()["quote"]["id"] == comment["id"]


async def test_unseen_post_cannot_be_quoted(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    hidden = await world.write(ada, visibility="followers")

    for id_ in (hidden["id"], "5", "9" * 19):
        reply = await world.post("/v1/posts", by=eve, json={"text": "x", "quote": id_})
        assert (reply.status_code, reply.json()["code"]) == (404, "quote_not_found")
    assert await world.value("SELECT count(*) FROM posts") == 1


@pytest.mark.parametrize("visibility", ["followers", "mentioned"])
async def test_post_for_few_can_be_quoted_by_its_author_alone(world: World, visibility: str) -> None:
    ada, bob = await world.person(), await world.person("bob")
    await world.follow(bob, ada)
    post = await world.write(ada, "For @bob", visibility=visibility)

    by_bob = await world.post("/v1/posts", by=bob, json={"text": "x", "quote": post["id"]})
    by_ada = await world.post("/v1/posts", by=ada, json={"text": "x", "quote": post["id"]})

    assert (by_bob.status_code, by_bob.json()["code"]) == (403, "quote_not_allowed")
    assert by_ada.status_code == 201


async def test_post_of_a_private_account_and_what_stands_below_it_cannot_be_passed_on(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    await world.follow(bob, ada)
    post = await world.write(ada)
    comment = await world.comment(eve, post)
    await world.set_private(ada)

    for id_ in (post["id"], comment["id"]):
        reply = await world.post("/v1/posts", by=bob, json={"text": "x", "quote": id_})
        assert (reply.status_code, reply.json()["code"]) == (403, "quote_not_allowed")
        with pytest.raises(RepostNotAllowed):
            await repost(world, bob, id_)


async def test_quotes_are_listed_and_paged(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    post = await world.write(ada)
    made = [(await world.write(ada, quote=post["id"]))["id"] for _ in range(4)]
    await world.write(ada, quote=post["id"], visibility="mentioned")

    pages = await page_through(world, f"/v1/posts/{post['id']}/quotes", by=eve, limit=3)

    assert pages == [made[:0:-1], made[:1]]


async def test_quotes_by_the_muted_are_left_out(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    await world.write(bob, quote=post["id"])
    await world.mute(eve, bob)

    assert await ids(world, f"/v1/posts/{post['id']}/quotes", by=eve) == []


async def test_repost_shows_its_target_with_its_quote(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    first = await world.write(ada, "First")
    second = await world.write(ada, "Second", quote=first["id"])
    repost_id = await repost(world, bob, second["id"])

    shown = (await world.get(f"/v1/posts/{repost_id}", by=bob)).json()

    assert (shown["text"], shown["author"]["id"]) == ("", str(bob.id))
    assert shown["repost_of"]["text"] == "Second"
    assert shown["repost_of"]["quote"]["text"] == "First"
    assert shown["repost_of"]["viewer"]["reposted"] is True
    assert shown["repost_of"]["counts"]["reposts"] == 1


async def test_repost_is_seen_only_with_its_target(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    repost_id = await repost(world, bob, post["id"])
    await world.block(ada, eve)

    assert (await world.get(f"/v1/posts/{repost_id}", by=eve)).status_code == 404


async def test_quoting_a_repost_quotes_what_it_points_at(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    repost_id = await repost(world, bob, post["id"])

    quote = await world.write(ada, quote=repost_id)

    assert quote["quote"]["id"] == post["id"]


async def test_repost_has_nothing_to_edit(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    repost_id = await repost(world, bob, (await world.write(ada))["id"])

    reply = await world.patch(f"/v1/posts/{repost_id}", by=bob, json={"text": "x"})

    assert (reply.status_code, reply.json()["code"]) == (422, "repost_not_editable")
