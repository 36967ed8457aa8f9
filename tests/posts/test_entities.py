from tests.posts.readers import statements_of
from tests.support.world import World


async def test_mention_holds_the_account_and_the_handle_as_written(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")

    post = await world.write(ada, "\U0001f30a with @BoB today")

    assert post["entities"]["mentions"] == [{"id": str(bob.id), "handle": "BoB", "start": 7, "end": 11}]


async def test_handle_of_nobody_stays_plain(world: World) -> None:
    ada = await world.person()

    post = await world.write(ada, "with @nobody_at_all")

    assert post["entities"]["mentions"] == []


async def test_block_either_way_leaves_the_mention_plain(world: World) -> None:
    ada, bob, eve = await world.person("ada"), await world.person("bob"), await world.person("eve")
    await world.block(bob, ada)
    await world.block(ada, eve)

    post = await world.write(ada, "with @bob and @eve", visibility="mentioned")

    assert post["entities"]["mentions"] == []
    assert (await world.get(f"/v1/posts/{post['id']}", by=bob)).status_code == 404


async def test_tags_and_links_are_found_and_kept(world: World) -> None:
    ada = await world.person()

    post = await world.write(ada, "See #Rivers and #rivers at example.com/a")

    assert [tag["tag"] for tag in post["entities"]["tags"]] == ["rivers", "rivers"]
    assert post["entities"]["links"] == [{"url": "https://example.com/a", "start": 27, "end": 40}]
    assert await world.rows("SELECT tag FROM post_tags") == [{"tag": "rivers"}]


async def test_mentions_are_looked_up_in_one_statement(world: World) -> None:
    ada = await world.person("ada")
    people = [await world.person() for _ in range(10)]
    await world.write(ada)

    counted = []

    for mentioned in (people[:1], people):
        with world.db.recorded_statements() as recorded:
            await world.write(
                ada, " ".join(f"@{each.handle}" for each in mentioned), language="en", visibility="public"
            )
        counted.append(len(statements_of(recorded)))

    assert counted == [3, 3]  # handles, cards, the post


async def test_mentioning_more_than_twenty_people_is_refused_when_posting_and_editing(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, " ".join(f"@user{number}" for number in range(20)))
    crowd = " ".join(f"@user{number}" for number in range(21))

    written = await world.post("/v1/posts", by=ada, json={"text": crowd})
    edited = await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": crowd})

    for reply in (written, edited):
        assert reply.status_code == 422
        error = reply.json()["errors"][0]
        assert (error["pointer"], error["code"]) == ("/text", "too_many_mentions")
