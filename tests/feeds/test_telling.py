"""Whoever is connected hears of what is new in their home feed, and of nothing else."""

from dataclasses import dataclass, replace

import msgspec
import pytest

from hubbub.feeds.celebrities import GRACE_SECONDS, Celebrities
from hubbub.feeds.fanout import FanOut
from hubbub.platform.live import LiveLog, Seat
from tests.support.world import Person, World


@dataclass
class Ear:
    """Reads an account's log from where it was opened."""

    log: LiveLog
    account_id: int
    begun: bytes = b""

    async def heard(self) -> list[str]:
        """Ids of the posts that `feed` events named, in order."""
        opening = await self.log.open(Seat(self.account_id, "ear"), after=self.begun)
        assert opening.state == "resumed"
        return [
            msgspec.json.decode(entry.data)["post_id"] for entry in opening.entries if entry.type == b"feed"
        ]


async def listen(world: World, person: Person) -> Ear:
    log = world.services.part(LiveLog)
    opening = await log.open(Seat(person.id, "ear"))
    return Ear(log, person.id, opening.newest)


async def test_followers_and_the_author_are_told_once(world: World) -> None:
    author, reader, other = await world.person(), await world.person(), await world.person()
    await world.follow(reader, author)
    ears = [await listen(world, person) for person in (author, reader, other)]
    post = await world.write(author, "hello")
    await world.settle()
    assert [await ear.heard() for ear in ears] == [[post["id"]], [post["id"]], []]


async def test_comments_are_in_nobody_s_feed(world: World) -> None:
    author, reader = await world.person(), await world.person()
    await world.follow(reader, author)
    ear = await listen(world, reader)
    post = await world.write(author, "hello")
    await world.comment(author, post, "and more")
    await world.settle()
    assert await ear.heard() == [post["id"]]


@pytest.mark.parametrize(("scope", "is_told"), [("all", False), ("posts", False), ("reposts", True)])
async def test_who_mutes_the_author_is_not_told(world: World, scope: str, is_told: bool) -> None:
    author, reader = await world.person(), await world.person()
    await world.follow(reader, author)
    answer = await world.put(f"/v1/accounts/{author.id}/mute", by=reader, json={"scope": scope})
    assert answer.status_code == 200
    ear = await listen(world, reader)
    post = await world.write(author, "hello")
    await world.settle()
    assert await ear.heard() == ([post["id"]] if is_told else [])


async def test_a_repost_is_told_to_those_who_may_see_its_target(world: World) -> None:
    writer, author, reader, blocked = [await world.person() for _ in range(4)]
    for person in (reader, blocked):
        await world.follow(person, author)
    await world.block(writer, blocked)
    ears = [await listen(world, person) for person in (reader, blocked)]
    post = await world.write(writer, "look")
    answer = await world.put(f"/v1/posts/{post['id']}/repost", by=author)
    assert answer.status_code == 200
    await world.settle()
    heard = [await ear.heard() for ear in ears]
    assert len(heard[0]) == 1
    assert heard[1] == []


async def test_only_those_mentioned_are_told_of_what_is_for_them(world: World) -> None:
    author, reader, other = [await world.person() for _ in range(3)]
    for person in (reader, other):
        await world.follow(person, author)
    ears = [await listen(world, person) for person in (reader, other)]
    post = await world.write(author, f"for @{reader.handle}", visibility="mentioned")
    await world.settle()
    assert [await ear.heard() for ear in ears] == [[post["id"]], []]


async def test_followers_of_a_celebrity_are_told_too(world: World) -> None:
    author, reader, other = [await world.person() for _ in range(3)]
    await world.follow(reader, author)
    await world.value(
        "INSERT INTO celebrities VALUES ($1, clock_timestamp() - make_interval(secs => $2))",
        author.id,
        GRACE_SECONDS + 1,
    )
    world.services.add(replace(world.services.part(FanOut), celebrities=Celebrities(world.db)))
    ears = [await listen(world, person) for person in (reader, other)]
    post = await world.write(author, "to thousands")
    await world.settle()
    assert [await ear.heard() for ear in ears] == [[post["id"]], []]
