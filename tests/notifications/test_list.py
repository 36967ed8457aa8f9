from tests.notifications.support import like, notifications, told, unlike
from tests.support.world import Person, World


async def crowd(world: World, *names: str) -> list[Person]:
    return [await world.person(name) for name in names]


async def test_list_can_be_narrowed_to_kinds_and_left_without_some(world: World) -> None:
    ada, bob = await crowd(world, "ada", "bob")
    post = await world.write(ada)
    await like(world, bob, post)
    await world.comment(bob, post)
    await world.follow(bob, ada)
    await world.settle()

    async def kinds(query: str) -> set[str]:
        reply = await world.get(f"/v1/notifications?{query}", by=ada)
        return {item["kind"] for item in reply.json()["items"]}

    assert await kinds("types=like,follow") == {"like", "follow"}
    assert await kinds("exclude_types=like,follow") == {"comment"}
    assert await kinds("types=like,comment&exclude_types=like") == {"comment"}


async def test_kind_that_there_is_not_is_refused(world: World) -> None:
    ada = await world.person()

    for parameter in ("types", "exclude_types"):
        reply = await world.get(f"/v1/notifications?{parameter}=like,poke", by=ada)
        assert (reply.status_code, reply.json()["errors"][0]["pointer"]) == (422, parameter)


async def test_group_rises_when_it_grows_and_keeps_its_id(world: World) -> None:
    ada, bob, cleo = await crowd(world, "ada", "bob", "cleo")
    first, second = await world.write(ada), await world.write(ada)
    await like(world, bob, first)
    await world.settle()
    await like(world, bob, second)
    before = await notifications(world, ada)

    await like(world, cleo, first)
    after = await notifications(world, ada)

    assert [item["id"] for item in after] == [item["id"] for item in reversed(before)]
    assert (after[0]["count"], after[0]["created_at"]) == (2, before[1]["created_at"])
    assert after[0]["updated_at"] > before[1]["updated_at"]


async def test_like_taken_back_leaves_the_list_and_given_again_stands_where_it_was(world: World) -> None:
    ada, bob, cleo = await crowd(world, "ada", "bob", "cleo")
    post, other = await world.write(ada), await world.write(ada)
    await like(world, bob, post)
    await world.settle()
    await like(world, cleo, other)
    before = await told(world, ada)

    await unlike(world, bob, post)
    meanwhile = await told(world, ada)
    await like(world, bob, post)

    assert meanwhile == [("like", ["cleo"])]
    assert await told(world, ada) == before == [("like", ["cleo"]), ("like", ["bob"])]


async def test_people_of_a_group_are_paged(world: World) -> None:
    ada = await world.person("ada")
    fans = await crowd(world, *(f"fan{number}" for number in range(11)))
    post = await world.write(ada)
    for fan in fans:
        await like(world, fan, post)
    [item] = await notifications(world, ada)
    path = f"/v1/notifications/{item['id']}/accounts"

    first = (await world.get(f"{path}?limit=6", by=ada)).json()
    rest = (await world.get(f"{path}?limit=6&cursor={first['next']}", by=ada)).json()

    found = [person["handle"] for page in (first, rest) for person in page["items"]]
    assert found == [f"fan{number}" for number in reversed(range(11))]
    assert rest["next"] is None


async def test_person_of_a_notification_of_one_is_listed(world: World) -> None:
    ada, bob = await crowd(world, "ada", "bob")
    await world.write(bob, "Hello @ada")
    [item] = await notifications(world, ada)

    page = (await world.get(f"/v1/notifications/{item['id']}/accounts", by=ada)).json()

    assert [person["handle"] for person in page["items"]] == ["bob"]


async def test_notification_of_somebody_else_is_like_one_that_never_was(world: World) -> None:
    ada, bob = await crowd(world, "ada", "bob")
    await like(world, bob, await world.write(ada))
    [item] = await notifications(world, ada)

    for suffix in ("", "/accounts"):
        for name in (
            item["id"],
            "like-7",
            "poke-7",
            "like",
            "like-07",
            "filtered-like-7",
            "like-" + "9" * 30,
        ):
            reply = await world.get(f"/v1/notifications/{name}{suffix}", by=bob)
            assert (reply.status_code, reply.json()["code"]) == (404, "notification_not_found"), name


async def test_dismissed_notification_is_gone_until_others_join_it(world: World) -> None:
    ada, bob, cleo = await crowd(world, "ada", "bob", "cleo")
    post = await world.write(ada)
    await like(world, bob, post)
    [item] = await notifications(world, ada)
    path = f"/v1/notifications/{item['id']}"

    assert (await world.delete(path, by=ada)).status_code == 204
    assert (await world.delete(path, by=ada)).status_code == 404
    await unlike(world, bob, post)
    await like(world, bob, post)
    dismissed = await told(world, ada)
    await like(world, cleo, post)

    assert dismissed == []
    [again] = await notifications(world, ada)
    assert (again["id"], again["count"], again["accounts"][0]["handle"]) == (item["id"], 1, "cleo")
    await unlike(world, bob, post)
    assert await told(world, ada) == [("like", ["cleo"])]


async def test_dismissed_mention_stays_gone(world: World) -> None:
    ada, bob = await crowd(world, "ada", "bob")
    post = await world.write(bob, "Hello @ada")
    [item] = await notifications(world, ada)
    await world.delete(f"/v1/notifications/{item['id']}", by=ada)

    await world.patch(f"/v1/posts/{post['id']}", by=bob, json={"text": "Hello"})
    await world.patch(f"/v1/posts/{post['id']}", by=bob, json={"text": "Hello again @ada"})

    assert await told(world, ada) == []
