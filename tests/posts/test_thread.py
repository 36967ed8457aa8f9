from tests.posts.readers import ids, statements_of
from tests.support.world import World


async def test_thread_leads_from_the_root_down_to_the_post_and_on(world: World) -> None:
    ada = await world.person()
    chain = [await world.write(ada)]
    for _ in range(32):
        chain.append(await world.comment(ada, chain[-1]))

    thread = (await world.get(f"/v1/posts/{chain[31]['id']}/thread", by=ada)).json()
    bottom = (await world.get(f"/v1/posts/{chain[32]['id']}/thread", by=ada)).json()

    assert [each["id"] for each in thread["ancestors"]] == [each["id"] for each in chain[:31]]
    assert thread["post"]["id"] == chain[31]["id"]
    assert [each["id"] for each in thread["comments"]["items"]] == [chain[32]["id"]]
    assert [each["id"] for each in bottom["ancestors"]] == [each["id"] for each in chain[:32]]
    assert bottom["comments"]["items"] == []


async def test_ancestors_that_the_reader_may_not_see_are_left_out(world: World) -> None:
    ada, bob, eve = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    by_bob = await world.comment(bob, post)
    answer = await world.comment(ada, by_bob)
    await world.block(bob, eve)

    thread = (await world.get(f"/v1/posts/{answer['id']}/thread", by=eve)).json()

    assert [each["id"] for each in thread["ancestors"]] == [post["id"]]


async def test_comments_of_a_thread_go_on_at_the_list_of_comments(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    made = [(await world.comment(ada, post))["id"] for _ in range(5)]
    path = f"/v1/posts/{post['id']}"

    for order, expected in (("newest", made[::-1]), ("oldest", made), ("top", made[::-1])):
        reply = await world.get(f"{path}/thread?order={order}&limit=3", by=ada)
        comments = reply.json()["comments"]
        more = await ids(world, f"{path}/comments?order={order}&cursor={comments['next']}", by=ada)

        assert [each["id"] for each in comments["items"]] + more == expected
        assert f"{path}/comments?" in reply.headers["link"]


async def test_thread_takes_a_constant_number_of_statements(world: World) -> None:
    ada = await world.person()
    chain = [await world.write(ada)]
    for _ in range(12):
        chain.append(await world.comment(await world.person(), chain[-1]))
    await world.comment(ada, chain[-1])
    await world.comment(ada, chain[1])
    counted = []

    for post in (chain[1], chain[12]):
        with world.db.recorded_statements() as recorded:
            await world.get(f"/v1/posts/{post['id']}/thread", by=ada)
        counted.append(len(statements_of(recorded)))

    assert max(counted) <= 10, counted
    assert counted[1] - counted[0] <= 1, "one more for cards that are not cached"
