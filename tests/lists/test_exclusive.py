"""What an exclusive list takes out of the owner's home."""

from collections.abc import Collection
from functools import partial

from hubbub.lists import exclusive_members
from tests.lists.support import Lists, everything
from tests.support.world import Person


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
