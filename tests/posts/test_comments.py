import asyncio

import pytest

from tests.posts.readers import ids, page_through, statements_of
from tests.posts.verbs import like, repost
from tests.support.world import Person, World


async def test_comment_knows_its_parent_and_its_root(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)

    first = await world.comment(bob, post)
    second = await world.write(ada, reply_to=first["id"])

    assert (first["reply_to"], first["root"]) == (post["id"], post["id"])
    assert (second["reply_to"], second["root"]) == (first["id"], post["id"])


async def test_comments_are_counted_on_their_parent_alone(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    first = await world.comment(ada, post)
    await world.comment(ada, post)
    await world.comment(ada, first)

    counts = (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]
    counts_below = (await world.get(f"/v1/posts/{first['id']}")).json()["counts"]

    assert (counts["comments"], counts_below["comments"]) == (2, 1)


async def test_comments_at_once_are_all_counted(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    await world.fill_pool()

    await asyncio.gather(*(world.comment(ada, post) for _ in range(8)))

    assert (await world.get(f"/v1/posts/{post['id']}")).json()["counts"]["comments"] == 8


async def test_comments_come_in_the_order_asked_for(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    a, b, c = [(await world.comment(ada, post))["id"] for _ in range(3)]
    await like(world, b, ada, bob)
    await like(world, a, ada)
    path = f"/v1/posts/{post['id']}/comments"

    assert await ids(world, path) == [c, b, a]
    assert await ids(world, f"{path}?order=newest") == [c, b, a]
    assert await ids(world, f"{path}?order=oldest") == [a, b, c]
    assert await ids(world, f"{path}?order=top") == [b, a, c]


@pytest.mark.parametrize("order", ["newest", "oldest", "top"])
async def test_every_order_pages_both_ways_without_loss(world: World, order: str) -> None:
    ada = await world.person()
    post = await world.write(ada)
    made = [(await world.comment(ada, post))["id"] for _ in range(8)]
    for id_ in (made[1], made[2], made[6]):
        await like(world, id_, ada)
    path = f"/v1/posts/{post['id']}/comments?order={order}"
    everything = await ids(world, path)

    pages = await page_through(world, path, limit=3)
    last = (await world.get(f"{path}&limit=3&cursor={await cursor_to_last(world, path)}")).json()
    before = (await world.get(f"{path}&limit=3&cursor={last['prev']}")).json()

    assert sorted(everything) == sorted(made)
    assert [id_ for page in pages for id_ in page] == everything
    assert [item["id"] for item in before["items"]] == everything[3:6]


async def cursor_to_last(world: World, path: str) -> str:
    cursor = ""
    while True:
        body = (await world.get(f"{path}&limit=3{cursor and '&cursor=' + cursor}")).json()
        if body["next"] is None:
            return cursor
        cursor = body["next"]


async def test_block_either_way_hides_comments_in_the_list(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(bob, post)
    await world.block(eve, bob)

    path = f"/v1/posts/{post['id']}/comments"

    assert await ids(world, path, by=eve) == []
    assert await ids(world, path) == [comment["id"]]


async def test_muted_people_are_left_out_of_the_list_but_can_be_opened(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(bob, post)
    await world.mute(eve, bob)

    assert await ids(world, f"/v1/posts/{post['id']}/comments", by=eve) == []
    assert (await world.get(f"/v1/posts/{comment['id']}", by=eve)).status_code == 200


async def test_comment_is_only_for_those_who_see_the_root(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    await world.follow(bob, ada)
    post = await world.write(ada, visibility="followers")

    comment = await world.comment(bob, post)

    assert comment["visibility"] == "public"
    assert (await world.get(f"/v1/posts/{comment['id']}", by=ada)).status_code == 200
    assert (await world.get(f"/v1/posts/{comment['id']}", by=eve)).status_code == 404


async def test_answer_to_a_narrow_comment_is_as_narrow_unless_said(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    whispered = await world.comment(bob, post, "for @ada", visibility="mentioned")

    answer = await world.comment(ada, whispered)

    assert answer["visibility"] == "mentioned"
    assert (await world.get(f"/v1/posts/{answer['id']}", by=bob)).status_code == 200
    assert (await world.get(f"/v1/posts/{answer['id']}")).status_code == 404


async def test_33rd_level_is_too_deep(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    for _ in range(32):
        post = await world.comment(ada, post)

    reply = await world.post(f"/v1/posts/{post['id']}/comments", by=ada, json={"text": "One more"})

    assert (reply.status_code, reply.json()["code"]) == (422, "too_deep")


async def test_comment_on_the_unseen_is_refused_like_one_on_nothing(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada, visibility="followers")
    before = await world.value("SELECT count(*) FROM posts")

    on_hidden = await world.post(f"/v1/posts/{post['id']}/comments", by=bob, json={"text": "x"})
    on_missing = await world.post("/v1/posts/5/comments", by=bob, json={"text": "x"})
    in_body = await world.post("/v1/posts", by=bob, json={"text": "x", "reply_to": post["id"]})
    too_large = await world.post("/v1/posts", by=bob, json={"text": "x", "reply_to": "9" * 19})

    for reply in (on_hidden, on_missing, in_body, too_large):
        assert (reply.status_code, reply.json()["code"]) == (404, "post_not_found")
    assert await world.value("SELECT count(*) FROM posts") == before
    assert await world.value("SELECT count(*) FROM count_deltas WHERE kind = 2") == 0


async def test_comment_on_a_repost_is_a_comment_on_what_it_points_at(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    repost_id = await repost(world, bob, post["id"])

    comment = await world.comment(ada, {"id": repost_id})

    assert comment["reply_to"] == post["id"]


@pytest.mark.parametrize("limit", [1, 10])
async def test_page_of_comments_takes_a_constant_number_of_statements(world: World, limit: int) -> None:
    ada, reader = await world.person(), await world.person()
    post = await world.write(ada)
    for _ in range(10):
        await world.comment(await world.person(), post)

    with world.db.recorded_statements() as recorded:
        await world.get(f"/v1/posts/{post['id']}/comments?limit={limit}", by=reader)

    # Who may see the post (2), candidates, hydrate, facts, numbers; cards when none is cached.
    assert len(statements_of(recorded)) <= 7


class TestReplyPolicy:
    @pytest.mark.parametrize(
        ("policy", "allowed"),
        [
            ("everyone", {"author", "follower", "mentioned", "stranger"}),
            ("followers", {"author", "follower", "mentioned"}),
            ("mentioned", {"author", "mentioned"}),
            ("nobody", {"author"}),
        ],
    )
    async def test_policy_says_who_may_answer(self, world: World, policy: str, allowed: set[str]) -> None:
        people = {name: await world.person() for name in ("author", "follower", "mentioned", "stranger")}
        await world.follow(people["follower"], people["author"])
        post = await world.write(people["author"], f"For @{people['mentioned'].handle}", reply_policy=policy)

        could = {name for name, each in people.items() if await may_comment(world, each, post["id"])}

        assert could == allowed
        assert await could_comment(world, people, post["id"]) == allowed

    async def test_policy_of_the_root_rules_the_whole_discussion(self, world: World) -> None:
        ada, bob, eve = await world.person(), await world.person("bob"), await world.person()
        post = await world.write(ada, "With @bob", reply_policy="mentioned")
        comment = await world.comment(bob, post)

        reply = await world.post(f"/v1/posts/{comment['id']}/comments", by=eve, json={"text": "x"})

        assert (reply.status_code, reply.json()["code"]) == (403, "replies_restricted")

    @pytest.mark.parametrize("cause", ["blocked", "no follower any more", "suspended"])
    async def test_who_is_shut_out_of_a_discussion_cannot_go_on_below_their_own_words(
        self, world: World, cause: str
    ) -> None:
        ada, bob = await world.person(), await world.person()
        await world.follow(bob, ada)
        post = await world.write(ada, visibility="followers")
        comment = await world.comment(bob, post)
        if cause == "blocked":
            await world.block(ada, bob)
        elif cause == "suspended":
            await world.set_state(ada, "suspended")
        else:
            await world.delete(f"/v1/accounts/{bob.id}/follower", by=ada)

        reply = await world.post(f"/v1/posts/{comment['id']}/comments", by=bob, json={"text": "And"})

        assert (reply.status_code, reply.json()["code"]) == (403, "replies_restricted")
        assert not await may_comment(world, bob, comment["id"])


async def may_comment(world: World, who: Person, post_id: str) -> bool:
    viewer = (await world.get(f"/v1/posts/{post_id}", by=who)).json()["viewer"]
    return bool(viewer["may_comment"])


async def could_comment(world: World, people: dict[str, Person], post_id: str) -> set[str]:
    found = set()
    for name, each in people.items():
        reply = await world.post(f"/v1/posts/{post_id}/comments", by=each, json={"text": "x"})
        assert reply.status_code in (201, 403)
        if reply.status_code == 201:
            found.add(name)
    return found
