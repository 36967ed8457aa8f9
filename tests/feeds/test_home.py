from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import Person, World


async def ids(world: World, path: str, by: Person | None = None) -> list[str]:
    reply = await world.get(path, by=by)
    assert reply.status_code == 200, reply.text
    return [item["id"] for item in reply.json()["items"]]


async def everything(world: World, path: str, by: Person | None, limit: int) -> list[str]:
    """All ids of a list, page by page; every page but the last is full."""
    found: list[str] = []
    cursor = ""
    while True:
        page = (await world.get(f"{path}?limit={limit}{cursor}", by=by)).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        assert len(page["items"]) == limit
        cursor = f"&cursor={page['next']}"


async def test_home_has_followed_people_and_oneself_without_comments(world: World) -> None:
    reader, friend, stranger = await world.person(), await world.person(), await world.person()
    await world.follow(reader, friend)
    theirs, own, other = await world.write(friend), await world.write(reader), await world.write(stranger)
    await world.comment(friend, on=other)
    quote = await world.write(friend, "look", quote=other["id"])
    await world.put(f"/v1/posts/{other['id']}/repost", by=friend)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    assert await ids(world, "/v1/feeds/home", reader) == [
        str(repost_id),
        quote["id"],
        own["id"],
        theirs["id"],
    ]


async def test_page_stays_full_when_posts_are_left_out(world: World) -> None:
    reader, friend, muted = await world.person(), await world.person(), await world.person()
    await world.follow(reader, friend)
    await world.follow(reader, muted)
    shown = [(await world.write(friend))["id"]]
    for _ in range(9):
        await world.write(muted)
    shown.insert(0, (await world.write(friend))["id"])
    await world.mute(reader, muted)

    assert await ids(world, "/v1/feeds/home?limit=2", reader) == shown


async def test_follow_and_unfollow_change_the_very_next_page(world: World) -> None:
    reader, friend = await world.person(), await world.person()
    post = await world.write(friend)

    await world.follow(reader, friend)
    with_friend = await ids(world, "/v1/feeds/home", reader)
    await world.delete(f"/v1/accounts/{friend.id}/follow", by=reader)

    assert with_friend == [post["id"]]
    assert await ids(world, "/v1/feeds/home", reader) == []


async def test_reposts_of_a_person_can_be_muted_alone(world: World) -> None:
    reader, friend, other = await world.person(), await world.person(), await world.person()
    await world.follow(reader, friend)
    post, own = await world.write(other), await world.write(friend)
    await world.put(f"/v1/posts/{post['id']}/repost", by=friend)
    await world.mute(reader, friend, scope="reposts")

    assert await ids(world, "/v1/feeds/home", reader) == [own["id"]]


async def test_public_page_leaves_out_what_is_not_for_everyone(world: World) -> None:
    author, private, fan = await world.person(), await world.person(is_private=True), await world.person()
    public = await world.write(author)
    await world.write(private)
    for visibility in ("unlisted", "followers", "mentioned"):
        await world.write(author, visibility=visibility)
    await world.comment(fan, on=public)
    await world.put(f"/v1/posts/{public['id']}/repost", by=fan)

    assert await ids(world, "/v1/feeds/public") == [public["id"]]
    assert await ids(world, "/v1/feeds/public", author) == [public["id"]]


async def test_tag_page_finds_any_spelling_and_only_listed_posts(world: World) -> None:
    author = await world.person()
    post = await world.write(author, "on the #Straße today")
    await world.write(author, "also #strasse", visibility="unlisted")
    comment = await world.comment(author, on=post, text="#STRASSE again")

    assert await ids(world, "/v1/feeds/tags/strasse") == [comment["id"], post["id"]]
    assert await ids(world, "/v1/feeds/tags/STRASSE") == [comment["id"], post["id"]]
    assert await ids(world, "/v1/feeds/tags/nothing") == []


async def test_what_cannot_be_a_tag_is_not_found(world: World) -> None:
    for tag in ("%20", "a%20b", "1234", "x" * 300):
        reply = await world.get(f"/v1/feeds/tags/{tag}")
        assert reply.status_code == 404, tag


async def test_home_page_costs_the_same_whatever_its_length(world: World) -> None:
    reader = await world.person()
    friends = [await world.person() for _ in range(4)]
    for friend in friends:
        await world.follow(reader, friend)
        for _ in range(5):
            await world.write(friend)

    for limit in (2, 20):
        await world.warm_home(reader, f"/v1/feeds/home?limit={limit}")
    with world.counted() as few:
        await world.get("/v1/feeds/home?limit=2", by=reader)
    with world.counted() as many:
        await world.get("/v1/feeds/home?limit=20", by=reader)

    assert (len(few.statements), few.round_trips) == (len(many.statements), many.round_trips) == (0, 1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(st.tuples(st.sampled_from("wwwwdrfub"), st.integers(0, 3)), min_size=4, max_size=24),
    limit=st.integers(1, 5),
)
async def test_home_equals_an_independent_answer(
    world: World, history: list[tuple[str, int]], limit: int
) -> None:
    reader = await world.person()
    people = [await world.person() for _ in range(4)]
    written: list[str] = []
    for action, who in history:
        person = people[who]
        if action == "w":
            written.append((await world.write(person))["id"])
        elif action == "d" and written:
            await world.delete(f"/v1/posts/{written[-1]}", by=person)
        elif action == "r" and written:
            await world.put(f"/v1/posts/{written[0]}/repost", by=person)
        elif action == "f":
            await world.put(f"/v1/accounts/{person.id}/follow", by=reader)
        elif action == "u":
            await world.delete(f"/v1/accounts/{person.id}/follow", by=reader)
        elif action == "b":
            await world.block(person, reader)

    expected = await world.rows(
        """
        WITH entries AS (
            SELECT p.id, p.repost_of IS NOT NULL AS is_repost, coalesce(p.repost_of, p.id) AS original
            FROM posts p LEFT JOIN posts t ON t.id = p.repost_of
            WHERE p.parent_id IS NULL AND p.deleted_at IS NULL
              AND (p.author_id = $1
                   OR p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1))
              AND (p.repost_of IS NULL OR (t.deleted_at IS NULL AND NOT EXISTS (
                   SELECT FROM blocks b WHERE b.blocker_id = t.author_id AND b.blocked_id = $1)))
        )
        SELECT min(id) AS id FROM entries GROUP BY original ORDER BY min(id) DESC
        """,
        reader.id,
    )
    assert await everything(world, "/v1/feeds/home", reader, limit) == [str(row["id"]) for row in expected]
