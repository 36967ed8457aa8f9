import pytest

from hubbub.notifications import bells
from tests.notifications.support import notifications, told
from tests.support.world import Person, World


async def ring(world: World, who: Person, whom: Person, *, method: str = "PUT") -> int:
    return (await world.request(method, f"/v1/accounts/{whom.id}/bell", by=who)).status_code


async def listening(world: World, number: int) -> tuple[Person, list[Person]]:
    author = await world.person("author")
    people = [await world.person() for _ in range(number)]
    for person in people:
        await world.follow(person, author)
        assert await ring(world, person, author) == 200
    await world.settle()
    return author, people


async def test_bell_tells_of_new_posts_and_quotes_alone(world: World) -> None:
    author, [ada] = await listening(world, 1)
    stone = await world.write(await world.person())
    post = await world.write(author)
    await world.comment(author, stone)
    await world.put(f"/v1/posts/{stone['id']}/repost", by=author)
    quote = await world.write(author, "Look", quote=stone["id"])

    items = await notifications(world, ada)

    assert {(item["kind"], item["post"]["id"]) for item in items} == {
        ("post", post["id"]),
        ("post", quote["id"]),
    }


async def test_who_is_mentioned_is_told_once(world: World) -> None:
    author, [ada] = await listening(world, 1)
    await world.write(author, f"Hello @{ada.handle}")

    assert await told(world, ada) == [("mention", ["author"])]


async def test_post_for_those_mentioned_rings_no_bell(world: World) -> None:
    author, [ada] = await listening(world, 1)
    await world.write(author, "Psst", visibility="mentioned")

    assert await told(world, ada) == []


@pytest.mark.parametrize("how", ["unfollow", "removal", "block", "mute", "silence"])
async def test_bell_is_silent_when_it_is_over(world: World, how: str) -> None:
    author, [ada] = await listening(world, 1)
    if how == "unfollow":
        await world.delete(f"/v1/accounts/{author.id}/follow", by=ada)
    elif how == "removal":
        await world.delete(f"/v1/accounts/{ada.id}/follower", by=author)
    elif how == "block":
        await world.block(author, ada)
    elif how == "mute":
        await world.mute(ada, author, scope="posts")
    else:
        assert await ring(world, ada, author, method="DELETE") == 200

    await world.write(author)

    assert await told(world, ada) == []
    assert await world.value("SELECT count(*) FROM bells") == (1 if how == "mute" else 0)


async def test_bell_needs_a_follow(world: World) -> None:
    author, ada = await world.person(), await world.person()

    assert await ring(world, ada, author) == 409
    assert await ring(world, ada, author, method="DELETE") == 200
    assert await ring(world, ada, ada) == 409


@pytest.mark.parametrize("bells_at_once", [3, 7])
async def test_many_bells_are_rung_in_slices_each_once(
    world: World, monkeypatch: pytest.MonkeyPatch, bells_at_once: int
) -> None:
    monkeypatch.setattr(bells, "SLICE", 3)
    monkeypatch.setattr(bells, "BELLS", bells_at_once)
    author, people = await listening(world, 8)
    posts = [await world.write(author) for _ in range(3)]

    for person in people:
        items = await notifications(world, person)
        assert [item["post"]["id"] for item in items if item["kind"] == "post"] != []
        assert {item["post"]["id"] for item in items} == {post["id"] for post in posts}
    assert await world.value("SELECT count(*) FROM notification_groups WHERE kind = 9") == 24
