import asyncio
from dataclasses import replace

import pytest

from hubbub.feeds.celebrities import (
    GRACE_SECONDS,
    NEWEST,
    TRUSTED_SECONDS,
    Celebrities,
    load_followed_celebrities,
)
from hubbub.feeds.fanout import FanOut
from hubbub.platform.db import DatabaseUnavailable, open_database
from hubbub.platform.ids import MAX_ID, new_id
from hubbub.platform.paging import Window
from tests.feeds.lists import listed, open_list
from tests.support.world import Person, World


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def lower_threshold(world: World, followers: int) -> None:
    world.services.add(replace(world.services.part(FanOut), celebrity_followers=followers))


async def age(world: World, seconds: float) -> None:
    """As if all celebrities had become so earlier."""
    await world.value("UPDATE celebrities SET since = since - make_interval(secs => $1)", seconds)


async def until_known(celebrities: Celebrities) -> list[int]:
    """Without time passing by the clock that makes it look by itself."""
    async with asyncio.timeout(5):
        while True:
            if known := await celebrities.known():
                return list(known)
            await asyncio.sleep(0.005)


async def famous(world: World, followers: int = 3) -> tuple[Person, Person]:
    author = await world.person()
    for _ in range(followers):
        reader = await world.person()
        await world.follow(reader, author)
    return author, reader


async def posts_by(world: World, author: Person, count: int) -> list[int]:
    return [int((await world.write(author))["id"]) for _ in range(count)]


async def test_above_the_threshold_an_author_becomes_a_celebrity_for_ever(world: World) -> None:
    author, reader = await famous(world)
    celebrities = world.services.part(Celebrities)
    await lower_threshold(world, 3)
    await world.write(author)
    await world.settle()
    assert await celebrities.known() == frozenset()

    await lower_threshold(world, 2)
    await world.write(author)
    await world.settle()
    await world.delete(f"/v1/accounts/{author.id}/follow", by=reader)
    await world.write(author)
    await world.settle()

    assert await world.rows("SELECT account_id FROM celebrities") == [{"account_id": author.id}]


async def test_posts_are_pushed_for_a_minute_more_and_then_only_to_the_author(world: World) -> None:
    author, reader = await famous(world)
    await lower_threshold(world, 2)
    await open_list(world, reader, author)
    celebrities = Celebrities(world.db)
    world.services.add(replace(world.services.part(FanOut), celebrities=celebrities))
    first, second = await world.write(author), await world.write(author)
    assert await listed(world, reader) == [second["id"], first["id"]]

    await age(world, GRACE_SECONDS)
    world.services.add(replace(world.services.part(FanOut), celebrities=Celebrities(world.db)))
    third = await world.write(author)

    assert await listed(world, reader) == [second["id"], first["id"]]
    assert await listed(world, author) == [third["id"], second["id"], first["id"]]


async def test_processes_hear_of_a_celebrity_at_once(world: World) -> None:
    author, _ = await famous(world)
    celebrities = world.services.part(Celebrities)
    assert await celebrities.known() == frozenset()
    await lower_threshold(world, 2)

    await world.write(author)
    await world.settle()
    assert await until_known(celebrities) == [author.id]


async def test_what_is_known_is_refreshed_and_not_trusted_for_long_without(world: World) -> None:
    clock = Clock()
    celebrities = Celebrities(world.db, clock=clock)
    assert await celebrities.known() == frozenset()
    await world.value("INSERT INTO celebrities VALUES (7, clock_timestamp())")

    assert await celebrities.known() == frozenset()
    clock.now += TRUSTED_SECONDS
    assert list(await celebrities.known() or ()) == [7]


async def test_without_the_database_nothing_is_known_after_a_while(world: World) -> None:
    clock = Clock()
    db = await open_database("postgresql://nobody@127.0.0.1:1/nothing")
    celebrities = Celebrities(db, clock=clock)

    assert await celebrities.known() is None
    assert not celebrities.is_retired(7)
    with pytest.raises(DatabaseUnavailable):
        await celebrities.recent([7], Window())
    await db.close()


async def test_recent_posts_of_several_are_merged_in_both_directions(world: World) -> None:
    one, other, stranger = await world.person(), await world.person(), await world.person()
    ids = []
    for author in (one, other, one, stranger, other, one):
        ids += [(author, int((await world.write(author))["id"]))]
    comment = await world.comment(one, on={"id": ids[0][1]})
    theirs = [id_ for author, id_ in ids if author is not stranger]
    celebrities = Celebrities(world.db)
    both = [one.id, other.id]

    assert await celebrities.recent(both, Window(limit=10)) == theirs[::-1]
    assert int(comment["id"]) not in theirs
    assert await celebrities.recent(both, Window(limit=2, position=theirs[3])) == [theirs[2], theirs[1]]
    back = Window(limit=2, position=theirs[1], is_back=True)
    assert await celebrities.recent(both, back) == [theirs[2], theirs[3]]
    assert await celebrities.recent([], Window()) == []


async def test_recent_posts_cost_one_statement_and_then_none(world: World) -> None:
    authors = [await world.person() for _ in range(3)]
    for author in authors:
        await world.write(author)
    celebrities = Celebrities(world.db)

    with world.counted() as first:
        await celebrities.recent([author.id for author in authors], Window())
    with world.counted() as second:
        await celebrities.recent([author.id for author in authors], Window(limit=1))

    assert (len(first.statements), len(second.statements)) == (1, 0)


async def test_pages_below_what_is_cached_are_complete(world: World) -> None:
    author = await world.person()
    ids = sorted(new_id() for _ in range(NEWEST + 20))
    async with world.db.transaction() as tx:
        await tx.executemany(
            "INSERT INTO posts (id, author_id, visibility) VALUES ($1, $2, 0)",
            [(id_, author.id) for id_ in ids],
        )
    celebrities = Celebrities(world.db)

    async def everything(*, is_back: bool) -> list[int]:
        found: list[int] = []
        position = 0 if is_back else MAX_ID
        while part := await celebrities.recent([author.id], Window(30, position, is_back)):
            found += part
            position = part[-1]
        return found

    assert await everything(is_back=False) == ids[::-1]
    assert await everything(is_back=True) == ids


async def test_a_new_post_of_a_celebrity_is_there_as_soon_as_it_is_announced(world: World) -> None:
    author, _ = await famous(world)
    await lower_threshold(world, 2)
    (first,) = await posts_by(world, author, 1)
    await world.settle()
    celebrities = world.services.part(Celebrities)
    await until_known(celebrities)
    assert await celebrities.recent([author.id], Window()) == [first]

    (second,) = await posts_by(world, author, 1)
    await world.settle()
    assert await celebrities.recent([author.id], Window()) == [second, first]

    await world.delete(f"/v1/posts/{first}", by=author)
    await world.settle()
    assert await celebrities.recent([author.id], Window()) == [second]


async def test_the_celebrities_that_somebody_follows_are_found(world: World) -> None:
    author, reader = await famous(world)
    other = await world.person()
    await world.follow(reader, other)
    await lower_threshold(world, 2)
    await world.write(author)
    await world.settle()

    async with world.db.connection() as tx:
        assert await load_followed_celebrities(tx, account_id=reader.id) == [author.id]
        assert await load_followed_celebrities(tx, account_id=other.id) == []
