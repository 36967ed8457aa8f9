"""What an exclusive list takes out of the owner's home."""

from collections.abc import Collection
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.lists import exclusive_members
from tests.lists.support import Lists, everything
from tests.support.world import Person, World


async def left_out(lists: Lists) -> set[int]:
    async with lists.world.db.connection() as tx:
        return set(await exclusive_members(tx, lists.owner.id))


async def test_members_of_exclusive_lists_are_left_out_of_home_only(lists: Lists) -> None:
    world = lists.world
    friend, other, reader = [await world.person() for _ in range(3)]
    for person in (friend, other):
        await world.follow(lists.owner, person)
        await world.follow(reader, person)
    list_id = await lists.make(friend, exclusive=True)
    theirs, kept = await world.write(friend), await world.write(other)

    assert await lists.home() == [kept["id"]]
    assert await lists.feed(list_id) == [theirs["id"]]
    assert await Lists(world, reader).home() == [kept["id"], theirs["id"]]
    assert await left_out(lists) == {friend.id}


async def test_home_changes_with_the_list_on_the_very_next_page(lists: Lists) -> None:
    world, friend = lists.world, await lists.world.person()
    list_id = await lists.make(friend)
    post = (await world.write(friend))["id"]

    seen = [await lists.home()]
    for change in ({"exclusive": True}, {"exclusive": False}, {"exclusive": True}):
        await lists.change(list_id, **change)
        seen.append(await lists.home())
    await lists.remove(list_id, friend)
    seen.append(await lists.home())
    await lists.add(list_id, friend)
    seen.append(await lists.home())
    await world.delete(f"/v1/lists/{list_id}", by=lists.owner)
    seen.append(await lists.home())

    assert seen == [[post], [], [post], [], [post], [], [post]]


async def test_member_of_two_lists_is_back_when_neither_is_exclusive(lists: Lists) -> None:
    friend = await lists.world.person()
    first, second = [await lists.make(friend, exclusive=True) for _ in range(2)]
    post = (await lists.world.write(friend))["id"]

    await lists.change(first, exclusive=False)
    still = await lists.home()
    await lists.change(second, exclusive=False)

    assert (still, await lists.home()) == ([], [post])


async def test_own_posts_stay_at_home_whatever_list_one_is_on(lists: Lists) -> None:
    await lists.make(lists.owner, exclusive=True)
    post = (await lists.world.write(lists.owner))["id"]

    assert await lists.home() == [post]
    assert await left_out(lists) == set()


async def test_what_others_pass_on_of_a_member_stays_and_what_the_member_passes_on_goes(lists: Lists) -> None:
    world = lists.world
    friend, other = await world.person(), await world.person()
    await world.follow(lists.owner, other)
    await lists.make(friend, exclusive=True)
    theirs, others = await world.write(friend), await world.write(other)
    await world.put(f"/v1/posts/{theirs['id']}/repost", by=other)
    await world.put(f"/v1/posts/{others['id']}/repost", by=friend)
    passed_on = await world.value("SELECT id FROM posts WHERE repost_of = $1", int(theirs["id"]))

    assert await lists.home() == [str(passed_on), others["id"]]


async def test_follow_that_began_anew_is_seen_at_home(lists: Lists) -> None:
    world, friend = lists.world, await lists.world.person()
    await lists.make(friend, exclusive=True)
    post = (await world.write(friend))["id"]
    await world.delete(f"/v1/accounts/{friend.id}/follow", by=lists.owner)
    await world.follow(lists.owner, friend)

    assert await lists.home() == [post]


async def test_home_pages_stay_full_without_the_members(lists: Lists) -> None:
    world = lists.world
    friend, other = await world.person(), await world.person()
    await lists.make(friend, exclusive=True)
    await world.follow(lists.owner, other)
    shown: list[str] = []
    for _ in range(5):
        for _ in range(4):
            await world.write(friend)
        shown.insert(0, (await world.write(other))["id"])

    assert await everything(world, "/v1/feeds/home", lists.owner, 2) == shown


class Heard:
    """What this process is told to forget, by topic."""

    def __init__(self, lists: Lists) -> None:
        self.topics: list[str] = []
        self._owner_id = lists.owner.id
        for topic in ("relations", "home"):
            lists.world.services.changes.on(topic, hear=partial(self._hear, topic))

    def _hear(self, topic: str, ids: Collection[int]) -> None:
        if self._owner_id in ids:
            self.topics.append(topic)

    def since(self) -> set[str]:
        topics, self.topics = set(self.topics), []
        return topics


BOTH = {"relations", "home"}


async def test_caches_hear_of_what_changes_home_and_of_nothing_else(lists: Lists) -> None:
    friend = await lists.world.person()
    list_id = await lists.make(friend)
    heard = Heard(lists)
    found = {}

    async def expect(what: str, topics: set[str]) -> None:
        found[what] = (heard.since(), topics)

    await lists.change(list_id, title="Other", replies="none", exclusive=False)
    await expect("another title", set())
    await lists.remove(list_id, friend)
    await lists.add(list_id, friend)
    await expect("a member of an open list", set())
    await lists.change(list_id, exclusive=True)
    await expect("exclusive", BOTH)
    await lists.change(list_id, exclusive=True)
    await lists.add(list_id, friend)
    await expect("nothing new", set())
    await lists.remove(list_id, friend)
    await expect("removed", BOTH)
    await lists.remove(list_id, friend)
    await expect("removed again", set())
    await lists.add(list_id, friend)
    await expect("added", BOTH)
    await lists.world.delete(f"/v1/lists/{list_id}", by=lists.owner)
    await expect("deleted", BOTH)

    assert {what: topics for what, (topics, _) in found.items()} == {
        what: topics for what, (_, topics) in found.items()
    }


async def test_the_worker_says_it_again(lists: Lists) -> None:
    friend: Person = await lists.world.person()
    list_id = await lists.make(friend, exclusive=True)
    await lists.world.settle()
    heard = Heard(lists)

    await lists.change(list_id, exclusive=False)
    at_once = heard.since()
    await lists.world.settle()

    assert (at_once, heard.since()) == (BOTH, BOTH)


VERBS = ["write", "follow", "unfollow", "block", "unblock", "add", "remove", "exclusive", "open", "delete"]


class Story:
    """What an owner of two lists does with three people, and what home should hold by a model of its own."""

    def __init__(self, lists: Lists, people: list[Person]) -> None:
        self.lists = lists
        self.people = people
        self.list_ids = ["", ""]
        self.members: list[set[int]] = [set(), set()]
        self.is_exclusive = [False, False]
        self.follows: set[int] = set()
        self.posts: list[tuple[str, int]] = []

    def home(self) -> list[str]:
        left_out: set[int] = set().union(
            *(members for members, is_on in zip(self.members, self.is_exclusive, strict=True) if is_on)
        )
        shown = (self.follows - left_out) | {self.lists.owner.id}
        return [post_id for post_id, author_id in reversed(self.posts) if author_id in shown]

    async def do(self, verb: str, who: int, which: int) -> None:
        person = self.people[who]
        if verb == "write":
            self.posts.append(((await self.lists.world.write(person))["id"], person.id))
        elif verb in ("follow", "unfollow", "block", "unblock"):
            await self.relate(verb, person)
        else:
            await self.arrange(verb, person, which)

    async def relate(self, verb: str, person: Person) -> None:
        if person == self.lists.owner:
            return
        method, what = ("DELETE", verb[2:]) if verb.startswith("un") else ("PUT", verb)
        path = f"/v1/accounts/{person.id}/{what}"
        reply = await self.lists.world.request(method, path, by=self.lists.owner)
        if verb == "follow" and reply.is_success:
            self.follows.add(person.id)
        elif verb in ("unfollow", "block"):
            self.follows.discard(person.id)
            for members in self.members:
                members.discard(person.id)

    async def arrange(self, verb: str, person: Person, which: int) -> None:
        list_id = self.list_ids[which] = self.list_ids[which] or await self.lists.make()
        if verb == "add":
            if (await self.lists.add(list_id, person)).is_success and person != self.lists.owner:
                self.members[which].add(person.id)
        elif verb == "remove":
            await self.lists.remove(list_id, person)
            self.members[which].discard(person.id)
        elif verb == "delete":
            await self.lists.world.delete(f"/v1/lists/{list_id}", by=self.lists.owner)
            self.list_ids[which], self.members[which], self.is_exclusive[which] = "", set(), False
        else:
            self.is_exclusive[which] = verb == "exclusive"
            await self.lists.change(list_id, exclusive=self.is_exclusive[which])


@pytest.mark.parametrize("is_settled", [False, True])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 3), st.integers(0, 1)), max_size=20))
async def test_home_is_right_after_every_step_of_any_history(
    world: World, is_settled: bool, steps: list[tuple[str, int, int]]
) -> None:
    lists = Lists(world, await world.person())
    story = Story(lists, [*[await world.person() for _ in range(3)], lists.owner])
    for start in (("follow", 0, 0), ("follow", 1, 0), ("write", 0, 0), ("add", 0, 0), ("add", 1, 1)):
        await story.do(*start)
    for step in steps:
        await story.do(*step)
        if is_settled or step[0] == "write":  # which the worker brings to those who follow
            await world.settle()
        assert await lists.home() == story.home(), step
