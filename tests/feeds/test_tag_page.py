from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.posts.readers import ids, page_back, page_through, statements_of
from tests.support.world import World

RIVERS = "/v1/feeds/tags/rivers"


@pytest.mark.parametrize("tag", ["日本", "café", "Straße", "тест", "हिन्दी"])
async def test_page_of_a_tag_in_any_script_leads_on(world: World, tag: str) -> None:
    ada = await world.person()
    posts = [(await world.write(ada, f"About #{tag}"))["id"] for _ in range(3)]
    path = f"/v1/feeds/tags/{quote(tag)}"

    first = await world.get(f"{path}?limit=1")
    following = await world.get(first.links["next"]["url"])

    assert first.links["next"]["url"].startswith(f"http://test{path}?")
    assert [item["id"] for item in following.json()["items"]] == [posts[1]]
    assert (await world.get(following.links["prev"]["url"])).json()["items"] == first.json()["items"]


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(
        st.sampled_from(["public", "public", "unlisted", "muted", "blocked", "deleted", "other", "comment"]),
        min_size=5,
        max_size=18,
    ),
    limit=st.integers(1, 4),
)
async def test_pages_hold_listed_posts_both_ways(world: World, kinds: list[str], limit: int) -> None:
    reader, ada, muted, blocked = [await world.person() for _ in range(4)]
    await world.mute(reader, muted)
    await world.block(reader, blocked)
    tag = f"r{reader.id}"
    root = await world.write(ada)
    expected: list[str] = []
    for kind in kinds:
        by = {"muted": muted, "blocked": blocked}.get(kind, ada)
        post = await world.write(
            by,
            f"#{tag if kind != 'other' else 'else' + tag}",
            visibility="unlisted" if kind == "unlisted" else "public",
            reply_to=root["id"] if kind == "comment" else None,
        )
        if kind == "deleted":
            await world.delete(f"/v1/posts/{post['id']}", by=by)
        if kind in ("public", "comment"):
            expected.insert(0, post["id"])

    pages = await page_through(world, f"/v1/feeds/tags/{tag}", by=reader, limit=limit)
    back = await page_back(world, f"/v1/feeds/tags/{tag}", by=reader, limit=limit)

    assert [id_ for page in pages for id_ in page] == expected
    assert [id_ for page in back[::-1] for id_ in page] == expected
    assert all(len(page) == limit for page in pages[:-1])


async def test_muted_people_are_on_the_page_of_everybody_else(world: World) -> None:
    reader, other, muted = await world.person(), await world.person(), await world.person()
    await world.mute(reader, muted)
    post = await world.write(muted, "About #rivers")

    assert await ids(world, RIVERS, by=reader) == []
    assert await ids(world, RIVERS, by=other) == [post["id"]]


async def test_edit_moves_a_post_between_tags(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "About #rivers and #hills")

    await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"text": "About #seas and #hills"})

    assert await ids(world, RIVERS) == []
    assert await ids(world, "/v1/feeds/tags/seas") == [post["id"]]
    assert await ids(world, "/v1/feeds/tags/hills") == [post["id"]]


async def test_narrowed_post_leaves_the_page(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "About #rivers")

    await world.patch(f"/v1/posts/{post['id']}", by=ada, json={"visibility": "unlisted"})

    assert await ids(world, RIVERS, by=ada) == []


async def test_deleted_post_leaves_no_tag(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "About #rivers")

    await world.delete(f"/v1/posts/{post['id']}", by=ada)

    assert await ids(world, RIVERS) == []
    assert await world.rows("SELECT tag FROM post_tags") == []


async def test_repeated_tag_lists_a_post_once(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "#rivers #Rivers #RIVERS")

    assert await ids(world, RIVERS) == [post["id"]]


async def test_comment_below_a_private_discussion_is_not_listed(world: World) -> None:
    ada, fan = await world.person(), await world.person()
    await world.follow(fan, ada)
    post = await world.write(ada, visibility="followers")
    await world.comment(fan, post, "About #rivers")

    assert await ids(world, RIVERS) == []


async def test_cursor_of_one_tag_is_refused_by_another(world: World) -> None:
    ada = await world.person()
    for _ in range(2):
        await world.write(ada, "#rivers #seas")
    cursor = (await world.get(f"{RIVERS}?limit=1")).json()["next"]

    reply = await world.get(f"/v1/feeds/tags/seas?limit=1&cursor={cursor}")

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_cursor")


async def test_page_takes_a_constant_number_of_statements(world: World) -> None:
    ada, reader = await world.person(), await world.person()
    for _ in range(12):
        await world.write(ada, "#rivers")
    await world.get(RIVERS, by=reader)

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"{RIVERS}?limit={limit}", by=reader)
        costs.append(len(statements_of(cost.statements)))

    # Candidates, posts, facts, and numbers.
    assert costs[0] == costs[1] == costs[2] <= 5
