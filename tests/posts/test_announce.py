"""What other slices and other processes learn of posts."""

from typing import Any

from tests.support.announcements import announcements, forget_announcements
from tests.support.world import World


def only(body: dict[str, Any]) -> dict[str, Any]:
    """Without what is not there."""
    return {name: value for name, value in body.items() if value not in (None, [])}


async def test_plain_post_names_its_author_alone(world: World) -> None:
    ada = await world.person()
    await forget_announcements(world)

    post = await world.write(ada, visibility="unlisted")

    [(kind, body)] = await announcements(world)
    assert kind == "PostCreated"
    assert only(body) == {"post_id": int(post["id"]), "author_id": ada.id, "visibility": 1}
    assert await world.announced("PostCreated") == 1


async def test_comment_names_what_it_answers_and_whom(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada)
    above = await world.comment(bob, post)
    await forget_announcements(world)

    comment = await world.comment(ada, above, "With @bob and me, @ada")

    [(_, body)] = await announcements(world)
    assert only(body) == {
        "post_id": int(comment["id"]),
        "author_id": ada.id,
        "visibility": 0,
        "parent_id": int(above["id"]),
        "parent_author_id": bob.id,
        "root_id": int(post["id"]),
        "mentioned_ids": [bob.id],
    }


async def test_quote_names_what_it_quotes_and_whose(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    await forget_announcements(world)

    quote = await world.write(bob, quote=post["id"])

    [(_, body)] = await announcements(world)
    assert only(body) == {
        "post_id": int(quote["id"]),
        "author_id": bob.id,
        "visibility": 0,
        "quote_of": int(post["id"]),
        "quoted_author_id": ada.id,
    }


async def test_repost_is_a_reaction_and_a_post(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    await forget_announcements(world)

    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)

    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")
    assert [(kind, only(body)) for kind, body in await announcements(world)] == [
        (
            "PostReposted",
            {
                "post_id": int(post["id"]),
                "author_id": ada.id,
                "account_id": bob.id,
                "repost_id": repost_id,
            },
        ),
        (
            "PostCreated",
            {"post_id": repost_id, "author_id": bob.id, "visibility": 0, "repost_of": int(post["id"])},
        ),
    ]


async def test_repost_taken_back_is_a_reaction_and_a_post_less(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    await forget_announcements(world)

    for _ in range(2):
        await world.delete(f"/v1/posts/{post['id']}/repost", by=bob)

    found = await announcements(world)
    assert [kind for kind, _ in found] == ["PostUnreposted", "PostDeleted"]
    assert (found[0][1]["author_id"], found[0][1]["account_id"]) == (ada.id, bob.id)
    assert found[1][1]["repost_of"] == int(post["id"])


async def test_edit_names_who_is_mentioned_anew(world: World) -> None:
    ada, cleo = await world.person("ada"), await world.person("cleo")
    await world.person("bob")
    post = await world.write(ada, "With @bob")
    await forget_announcements(world)

    await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "With @bob, @cleo and @ada"})

    [(kind, body)] = await announcements(world)
    assert kind == "PostEdited"
    assert (body["version"], body["visibility"], body["mentioned_ids"]) == (2, 0, [cleo.id])


async def test_edit_of_visibility_alone_is_announced_too(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    await forget_announcements(world)

    await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"visibility": "followers"})

    [(_, body)] = await announcements(world)
    assert (body["visibility"], body["version"], body["mentioned_ids"]) == (2, 2, [])


async def test_deletion_names_what_the_post_hung_on(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    comment = await world.comment(bob, post, quote=post["id"])
    await forget_announcements(world)

    await world.delete(f"/v1/posts/{comment['id']}", by=bob)

    [(kind, body)] = await announcements(world)
    assert (kind, only(body)) == (
        "PostDeleted",
        {
            "post_id": int(comment["id"]),
            "author_id": bob.id,
            "parent_id": int(post["id"]),
            "quote_of": int(post["id"]),
        },
    )


async def test_what_changes_nothing_announces_nothing(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    path = f"/v1/posts/{post['id']}"
    for verb in ("like", "repost", "bookmark"):
        await world.put(f"{path}/{verb}", by=bob)
    await forget_announcements(world)

    for verb in ("like", "repost", "bookmark"):
        await world.put(f"{path}/{verb}", by=bob)
        await world.delete(f"{path}/{verb}", by=ada)
    await world.patch(path, by=ada, json={"text": post["text"], "visibility": "public"})
    await world.patch(path, by=bob, json={"text": "Not mine"})
    await world.delete(path, by=bob)

    assert await announcements(world) == []
