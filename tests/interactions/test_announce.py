import pytest

from tests.support.announcements import announcements, forget_announcements
from tests.support.world import World


@pytest.mark.parametrize(
    ("method", "verb", "kind"),
    [("PUT", "like", "PostLiked"), ("DELETE", "like", "PostUnliked"), ("PUT", "bookmark", "PostBookmarked")],
)
async def test_reaction_names_the_post_and_both_people(
    world: World, method: str, verb: str, kind: str
) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    if method == "DELETE":
        await world.put(f"/v1/posts/{post['id']}/{verb}", by=bob)
    await forget_announcements(world)

    await world.request(method, f"/v1/posts/{post['id']}/{verb}", by=bob)

    whose = {} if verb == "bookmark" else {"author_id": ada.id}
    expected = {"post_id": int(post["id"]), "account_id": bob.id, **whose}
    assert await announcements(world) == [(kind, expected)]


async def test_like_of_a_repost_is_announced_to_the_author_of_what_it_passes_on(world: World) -> None:
    ada, bob, cleo = [await world.person() for _ in range(3)]
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")
    await forget_announcements(world)

    await world.put(f"/v1/posts/{repost_id}/like", by=cleo)

    [(_, body)] = await announcements(world)
    assert body == {"post_id": int(post["id"]), "author_id": ada.id, "account_id": cleo.id}


async def test_pins_and_ended_bookmarks_are_nobody_elses_news(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/bookmark", by=ada)
    await forget_announcements(world)

    await world.delete(f"/v1/posts/{post['id']}/bookmark", by=ada)
    await world.put(f"/v1/posts/{post['id']}/pin", by=ada)
    await world.delete(f"/v1/posts/{post['id']}/pin", by=ada)

    assert await announcements(world) == []


async def test_like_of_ones_own_post_is_no_news(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    await forget_announcements(world)

    await world.put(f"/v1/posts/{post['id']}/like", by=ada)

    assert await announcements(world) == []
