"""Entities lie where they are in the text, reach whom they name, and survive an edit."""

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.posts.readers import ids
from tests.support.world import World

PIECES = st.sampled_from(
    [
        "@bob",
        "@BOB",
        "@nobody",
        "@eve",
        "#Rivers",
        "#日本",
        "https://example.com/a?b=c",
        "example.org",
        "\U0001f30a",
        "words",
        "é",
        "\n",
        "a@b.example",
        "#1234",
        "(@bob)",
        "x@bob",
    ]
)
RULE = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_in_place(post: dict[str, Any]) -> None:
    text, entities = post["text"], post["entities"]
    for mention in entities["mentions"]:
        assert text[mention["start"] : mention["end"]] == "@" + mention["handle"]
    for tag in entities["tags"]:
        assert text[tag["start"]] == "#"
        assert text[tag["start"] + 1 : tag["end"]].casefold() == tag["tag"]
    for link in entities["links"]:
        assert link["url"].endswith(text[link["start"] : link["end"]].removeprefix("https://"))
    places = sorted((each["start"], each["end"]) for kind in entities.values() for each in kind)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


@RULE
@given(first=st.lists(PIECES, min_size=1, max_size=12), second=st.lists(PIECES, min_size=1, max_size=12))
async def test_entities_lie_where_the_text_has_them(
    world: World, first: list[str], second: list[str]
) -> None:
    ada, bob, eve = [await world.person() for _ in range(3)]
    await world.block(eve, ada)
    names = {"bob": bob.handle, "BOB": bob.handle.upper(), "eve": eve.handle}

    post = await world.write(ada, said(first, names))
    path = f"/v1/posts/{post['id']}"
    edited = (await world.patch(path, by=ada, json={"text": said(second, names)})).json()

    for shown, pieces in ((post, first), (edited, second)):
        assert_in_place(shown)
        mentions = [mention["id"] for mention in shown["entities"]["mentions"]]
        assert mentions == [str(bob.id) for piece in pieces if piece in ("@bob", "@BOB", "(@bob)")]
    assert (await world.get(path)).json()["entities"] == edited["entities"]
    rows = await world.rows("SELECT tag FROM post_tags WHERE post_id = $1", int(post["id"]))
    assert {row["tag"] for row in rows} == {tag["tag"] for tag in edited["entities"]["tags"]}


def said(pieces: list[str], names: dict[str, str]) -> str:
    text = "Say " + " ".join(pieces)
    for name, handle in names.items():
        text = text.replace(name, handle)
    return text


async def test_edit_that_drops_a_mention_hides_the_post_from_them(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    post = await world.write(ada, "For @bob", visibility="mentioned")
    path = f"/v1/posts/{post['id']}"
    before = (await world.get(path, by=bob)).status_code

    await world.patch(path, by=ada, json={"text": "For nobody"})

    assert (before, (await world.get(path, by=bob)).status_code) == (200, 404)


async def test_edit_of_an_answer_still_reaches_whom_it_answers(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    comment = await world.comment(bob, await world.write(ada), "For you", visibility="mentioned")
    path = f"/v1/posts/{comment['id']}"

    await world.patch(path, by=bob, json={"text": "Still for you"})

    assert (await world.get(path, by=ada)).json()["text"] == "Still for you"
    assert (await world.get(path)).status_code == 404


async def test_mention_of_oneself_is_shown_and_reaches_nobody_new(world: World) -> None:
    ada = await world.person("ada")

    post = await world.write(ada, "I am @ada", visibility="mentioned")

    assert post["entities"]["mentions"][0]["id"] == str(ada.id)
    assert await world.value("SELECT audience FROM posts") == []


async def test_handle_of_a_closed_account_stays_plain(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.set_state(bob, "deactivated")

    post = await world.write(ada, "With @bob")

    assert post["entities"]["mentions"] == []


async def test_first_answer_is_as_wide_as_its_author_likes(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada, visibility="unlisted")

    comment = await world.comment(bob, post)

    assert comment["visibility"] == "public"


async def test_reposts_and_deleted_comments_are_no_posts_of_their_author(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    await world.put(f"/v1/posts/{post['id']}/repost", by=bob)
    await world.delete(f"/v1/posts/{(await world.comment(bob, post))['id']}", by=bob)
    await world.write(bob, quote=post["id"])

    assert (await world.counts(bob))["posts"] == 1
    assert len(await ids(world, f"/v1/accounts/{bob.id}/posts")) == 2


async def test_deleted_comment_leaves_no_place_in_the_order_of_likes(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    kept, gone = await world.comment(ada, post), await world.comment(ada, post)

    await world.delete(f"/v1/posts/{gone['id']}", by=ada)

    ranks = await world.rows("SELECT post_id FROM comment_ranks")
    assert ranks == [{"post_id": int(kept["id"])}]


async def test_unlike_lowers_a_comment_in_the_order_of_likes(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    post = await world.write(ada)
    a, b = await world.comment(ada, post), await world.comment(ada, post)
    await world.put(f"/v1/posts/{a['id']}/like", by=bob)
    await world.settle()
    path = f"/v1/posts/{post['id']}/comments?order=top"
    liked = await ids(world, path)

    await world.delete(f"/v1/posts/{a['id']}/like", by=bob)
    await world.settle()

    assert (liked, await ids(world, path)) == ([a["id"], b["id"]], [b["id"], a["id"]])


async def test_viewer_is_told_whether_they_follow_the_author(world: World) -> None:
    ada, fan = await world.person(), await world.person()
    await world.follow(fan, ada)
    path = f"/v1/posts/{(await world.write(ada))['id']}"

    mine, theirs = [(await world.get(path, by=by)).json()["viewer"] for by in (fan, ada)]

    assert (mine["following_author"], theirs["following_author"]) == (True, False)


async def test_thread_leaves_out_comments_of_the_muted(world: World) -> None:
    ada, noisy, reader = [await world.person() for _ in range(3)]
    post = await world.write(ada)
    await world.comment(noisy, post)
    kept = await world.comment(ada, post)
    await world.mute(reader, noisy)

    thread = (await world.get(f"/v1/posts/{post['id']}/thread", by=reader)).json()

    assert [each["id"] for each in thread["comments"]["items"]] == [kept["id"]]
