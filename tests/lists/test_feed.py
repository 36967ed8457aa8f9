"""What stands in the feed of a list."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.lists.support import Lists, everything
from tests.support.world import Person, World


async def test_feed_has_posts_quotes_and_reposts_of_members_only(lists: Lists) -> None:
    world = lists.world
    friend, followed, stranger = [await world.person() for _ in range(3)]
    list_id = await lists.make(friend)
    await world.follow(lists.owner, followed)
    theirs, other = await world.write(friend), await world.write(stranger)
    await world.write(followed)
    await world.write(lists.owner)
    quote = await world.write(friend, "look", quote=other["id"])
    await world.put(f"/v1/posts/{other['id']}/repost", by=friend)
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of IS NOT NULL")

    assert await lists.feed(list_id) == [str(repost_id), quote["id"], theirs["id"]]


async def answers(lists: Lists, member: Person, targets: dict[str, Person]) -> dict[str, str]:
    """What the member answers to each: ids by whom."""
    world, found = lists.world, {}
    for whom, target in targets.items():
        found[whom] = (await world.comment(member, on=await world.write(target)))["id"]
    return found


@pytest.mark.parametrize(
    ("replies", "shown"),
    [
        ("none", []),
        ("list", ["member", "themselves", "owner"]),
        ("followed", ["member", "themselves", "followed", "owner"]),
    ],
)
async def test_replies_says_whose_answers_are_shown(lists: Lists, replies: str, shown: list[str]) -> None:
    world = lists.world
    friend, member, followed, stranger = [await world.person() for _ in range(4)]
    list_id = await lists.make(friend, member, replies=replies)
    await world.follow(lists.owner, followed)
    targets = {
        "member": member,
        "themselves": friend,
        "followed": followed,
        "stranger": stranger,
        "owner": lists.owner,
    }
    made = await answers(lists, friend, targets)

    feed = await lists.feed(list_id)

    assert [whom for whom in targets if made[whom] in feed] == shown
    top = {str(row["id"]) for row in await world.rows("SELECT id FROM posts WHERE parent_id IS NULL")}
    by_members = {str(row["id"]) for row in await posts_of(world, friend, member)}
    assert set(feed) == (top & by_members) | {made[whom] for whom in shown}


async def posts_of(world: World, *authors: Person) -> list[dict[str, Any]]:
    return await world.rows("SELECT id FROM posts WHERE author_id = ANY($1)", [a.id for a in authors])


async def test_it_is_who_is_answered_that_counts_not_whose_discussion_it_is(lists: Lists) -> None:
    world = lists.world
    friend, stranger = await world.person(), await world.person()
    list_id = await lists.make(friend)
    root = await world.write(friend)
    theirs = await world.comment(stranger, on=root)
    await world.comment(friend, on=theirs)

    assert await lists.feed(list_id) == [root["id"]]


async def test_change_of_replies_is_seen_on_the_very_next_page(lists: Lists) -> None:
    friend = await lists.world.person()
    list_id = await lists.make(friend, replies="none")
    post = await lists.world.write(friend)
    thread = await lists.world.comment(friend, on=post)

    without = await lists.feed(list_id)
    await lists.change(list_id, replies="list")

    assert without == [post["id"]]
    assert await lists.feed(list_id) == [thread["id"], post["id"]]


async def test_what_the_owner_may_not_see_is_left_out(lists: Lists) -> None:
    world = lists.world
    friend, hidden = await world.person(), await world.person()
    list_id = await lists.make(friend, replies="list")
    await world.write(friend, visibility="mentioned")
    narrow = await world.write(friend, visibility="followers")
    unseen = await world.write(hidden)
    await world.put(f"/v1/posts/{unseen['id']}/repost", by=friend)
    await world.block(hidden, lists.owner)

    assert await lists.feed(list_id) == [narrow["id"]]


@pytest.mark.parametrize("scope", ["all", "posts", "reposts"])
async def test_mutes_hide_in_the_feed_as_they_do_at_home(lists: Lists, scope: str) -> None:
    world = lists.world
    friend, muted, other = [await world.person() for _ in range(3)]
    list_id = await lists.make(friend, muted, replies="none")
    for person in (friend, muted):
        post = await world.write(other)
        await world.write(person)
        await world.put(f"/v1/posts/{post['id']}/repost", by=person)
    await world.mute(lists.owner, muted, scope=scope)

    assert await lists.feed(list_id) == await lists.home()
    assert len(await lists.feed(list_id)) == {"all": 2, "posts": 3, "reposts": 3}[scope]


@pytest.mark.parametrize("replies", ["none", "list"])
async def test_page_stays_full_when_comments_to_others_are_left_out(lists: Lists, replies: str) -> None:
    world = lists.world
    friend, stranger = await world.person(), await world.person()
    list_id = await lists.make(friend, replies=replies)
    other = await world.write(stranger)
    shown: list[str] = []
    for _ in range(3):
        shown.insert(0, (await world.write(friend))["id"])
        for _ in range(7):
            await world.comment(friend, on=other)

    assert await everything(world, f"/v1/feeds/lists/{list_id}", lists.owner, 2) == shown


async def test_pages_do_not_shift_while_members_write(lists: Lists) -> None:
    world, friend = lists.world, await lists.world.person()
    list_id = await lists.make(friend)
    posts = [(await world.write(friend))["id"] for _ in range(4)]
    path = f"/v1/feeds/lists/{list_id}?limit=2"

    first = (await world.get(path, by=lists.owner)).json()
    new = await world.write(friend)
    second = (await world.get(f"{path}&cursor={first['next']}", by=lists.owner)).json()
    newer = (await world.get(f"{path}&cursor={second['prev']}", by=lists.owner)).json()
    newest = (await world.get(f"{path}&cursor={newer['prev']}", by=lists.owner)).json()

    pages = [[item["id"] for item in page["items"]] for page in (first, second, newer, newest)]
    assert pages == [posts[:1:-1], posts[1::-1], posts[:1:-1], [new["id"]]]


async def test_feed_costs_the_same_for_one_member_and_for_twelve(lists: Lists) -> None:
    people = [await lists.world.person() for _ in range(12)]
    for person in people * 2:
        await lists.world.write(person)
    costs = []
    for members, replies in ((people[:1], "list"), (people, "list"), (people, "none")):
        list_id = await lists.make(*members, replies=replies)
        await lists.feed(list_id)
        with lists.world.counted() as cost:
            await lists.feed(list_id)
        costs.append((len(cost.statements), cost.round_trips))

    assert costs == [(2, 1)] * 3  # the list, ids; the budget


# Written without the feed's own code, and as simply as can be.
FEED = """
SELECT p.id
FROM posts p
LEFT JOIN posts parent ON parent.id = p.parent_id
LEFT JOIN posts target ON target.id = p.repost_of
WHERE p.deleted_at IS NULL
  AND (p.repost_of IS NULL OR target.deleted_at IS NULL)
  AND p.author_id = ANY($2::bigint[])
  AND (p.parent_id IS NULL
       OR ($3 <> 'none' AND parent.author_id = $1)
       OR ($3 = 'list' AND parent.author_id = ANY($2::bigint[]))
       OR ($3 = 'followed' AND parent.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)))
  AND NOT EXISTS (
      SELECT FROM blocks b, posts seen
      WHERE seen.id IN (p.id, p.repost_of,
                        CASE WHEN p.author_id <> $1 THEN p.root_id END,
                        CASE WHEN target.author_id <> $1 THEN target.root_id END)
        AND ((b.blocker_id = seen.author_id AND b.blocked_id = $1)
             OR (b.blocker_id = $1 AND b.blocked_id = seen.author_id)))
ORDER BY p.id DESC
"""
ACTIONS = ["write", "comment", "repost", "delete", "follow", "unfollow", "block", "add", "remove"]


class History:
    """Five people, the last of whom owns a list, and what the list should hold by a model of its own."""

    def __init__(self, lists: Lists, people: list[Person], list_id: str) -> None:
        self.lists = lists
        self.people = people
        self.list_id = list_id
        self.members: set[int] = set()
        self.posts: list[dict[str, Any]] = []

    async def do(self, action: str, who: int, place: int) -> None:
        world, person = self.lists.world, self.people[who]
        post = self.posts[-1 - place % len(self.posts)] if self.posts else None
        if action == "write":
            self.posts.append(await world.write(person))
        elif action == "comment" and post:
            reply = await world.post(f"/v1/posts/{post['id']}/comments", by=person, json={"text": "Yes"})
            if reply.status_code == 201:
                self.posts.append(reply.json())
        elif action == "repost" and post:
            await world.put(f"/v1/posts/{post['id']}/repost", by=person)
        elif action == "delete" and post:
            await world.delete(f"/v1/posts/{post['id']}", by=person)
        else:
            await self.relate(action, person)

    async def relate(self, action: str, person: Person) -> None:
        world, owner = self.lists.world, self.lists.owner
        if action == "add":
            if (await self.lists.add(self.list_id, person)).status_code == 200:
                self.members.add(person.id)
        elif action == "remove":
            await self.lists.remove(self.list_id, person)
            self.members.discard(person.id)
        elif person is not owner and action in ("follow", "unfollow", "block"):
            method = "DELETE" if action == "unfollow" else "PUT"
            verb = "follow" if action == "unfollow" else action
            await world.request(method, f"/v1/accounts/{person.id}/{verb}", by=owner)
            if action != "follow":
                self.members.discard(person.id)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(
        st.tuples(st.sampled_from(["write", *ACTIONS]), st.integers(0, 4), st.integers(0, 5)),
        min_size=6,
        max_size=40,
    ),
    replies=st.sampled_from(["none", "followed", "list"]),
    limit=st.integers(1, 4),
)
# A repost of a comment in a discussion that a block has hidden since.
@example(
    history=[("write", 3, 0), ("comment", 0, 0), ("block", 3, 0), ("write", 0, 0), ("repost", 0, 1)],
    replies="none",
    limit=1,
)
async def test_feed_equals_plain_sql_and_its_pages_are_full(
    world: World, history: list[tuple[str, int, int]], replies: str, limit: int
) -> None:
    lists = Lists(world, await world.person())
    people = [*[await world.person() for _ in range(4)], lists.owner]
    for person in people[:3]:
        await world.follow(lists.owner, person)
    story = History(lists, people, await lists.make(replies=replies))
    for person in (people[0], people[1]):
        await story.relate("add", person)
    for action, who, place in history:
        await story.do(action, who, place)

    rows = await world.rows(FEED, lists.owner.id, list(story.members), replies)
    expected = [str(row["id"]) for row in rows]
    path = f"/v1/feeds/lists/{story.list_id}"
    assert await everything(world, path, lists.owner, limit) == expected
    assert set(await lists.members(story.list_id)) == {str(member) for member in story.members}
