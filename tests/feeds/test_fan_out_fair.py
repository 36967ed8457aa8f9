"""Counts what is pushed before a post that waits behind one of somebody with many followers."""

from collections.abc import Collection
from dataclasses import replace

from prometheus_client import CollectorRegistry

from hubbub.feeds.fanout import FanOut, Work
from hubbub.feeds.home_lists import HomeLists
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import CONSUMERS, LANES, OutboxMetrics, lane_of, queries
from hubbub.platform.outbox.batches import Batches
from hubbub.worker import build_reactions
from tests.feeds.lists import listed, open_list
from tests.support.world import Person, World

SLICE, SLICES, MANY = 3, 2, 20


class Watched(HomeLists):
    """The lists themselves, and a note of each push."""

    def __init__(self, world: World) -> None:
        super().__init__(world.services.valkey, world.services.settings.feeds)
        self.pushes: list[tuple[set[int], set[int]]] = []

    async def push(self, account_ids: Collection[int], post_ids: Collection[int]) -> int:
        self.pushes.append((set(account_ids), set(post_ids)))
        return await super().push(account_ids, post_ids)

    def of(self, post_id: int) -> list[int]:
        """The places of its pushes in the order of all."""
        return [place for place, (_, post_ids) in enumerate(self.pushes) if post_id in post_ids]


def watch(world: World) -> Watched:
    watched = Watched(world)
    usual = world.services.part(FanOut)
    world.services.add(replace(usual, lists=watched, slice_size=SLICE, slices=SLICES))
    return watched


async def crowd(world: World, author: Person) -> list[int]:
    """Followers without more of an account than an id."""
    ids = [new_id() for _ in range(MANY)]
    async with world.db.transaction() as tx:
        await tx.executemany(
            "INSERT INTO follows (follower_id, followee_id, id) VALUES ($1, $2, $3)",
            [(id_, author.id, new_id()) for id_ in ids],
        )
    return ids


async def test_every_follower_is_reached_once_in_bounded_slices(world: World) -> None:
    author = await world.person()
    ids = await crowd(world, author)
    watched = watch(world)

    post = await world.write(author)
    await world.settle()

    sizes = [len(account_ids) for account_ids, _ in watched.pushes]
    assert sorted(id_ for account_ids, _ in watched.pushes for id_ in account_ids) == sorted(
        [*ids, author.id]
    )
    assert (max(sizes), len(sizes)) == (SLICE + 1, MANY // SLICE + 1)
    assert watched.of(int(post["id"])) == list(range(len(sizes)))


async def test_in_one_batch_nobody_gets_a_second_slice_before_everybody_has_a_first(world: World) -> None:
    famous, other, reader = await world.person(), await world.person(), await world.person()
    await crowd(world, famous)
    await world.follow(reader, other)
    await open_list(world, reader)
    watched = watch(world)
    works = [Work(famous.id, (new_id(),)), Work(other.id, (new_id(),))]

    async with world.db.transaction() as tx:
        left = await world.services.part(FanOut).deliver(tx, works)

    assert watched.of(works[1].post_ids[0]) == [1]
    assert watched.of(works[0].post_ids[0]) == [0, 2]
    assert [(work.author_id, work.is_begun) for work in left.works] == [(famous.id, True)]
    assert await listed(world, reader) == [str(works[1].post_ids[0])]


async def test_a_post_behind_a_famous_one_waits_for_one_batch_of_slices(world: World) -> None:
    """The worst case: one lane, one event a batch, and a follower count that takes many batches."""
    famous, other = await world.person(), await world.person()
    await crowd(world, famous)
    await world.settle()
    big, lane = await _write_in_lane(world, famous, lane_of(famous.id))
    small, _ = await _write_in_lane(world, other, lane)
    watched = watch(world)
    consumer = replace(next(each for each in CONSUMERS if each.name == "deliver"), batch=1)
    metrics = OutboxMetrics(CollectorRegistry())
    batches = Batches(world.db, build_reactions(world.services), consumer, metrics)
    async with world.db.connection() as tx:
        await queries.insert_lanes(tx, lanes=LANES, consumers=["deliver"])
        await tx.execute("DELETE FROM outbox WHERE body->>'post_id' <> ALL($1)", [str(big), str(small)])

    for _ in range(MANY):
        await batches.work(lane)

    assert watched.of(small) == [SLICES]
    assert watched.of(big) == [place for place in range(MANY // SLICE + 2) if place != SLICES]


async def _write_in_lane(world: World, by: Person, lane: int) -> tuple[int, int]:
    while True:
        post = await world.write(by)
        if lane_of(int(post["id"])) == lane:
            return int(post["id"]), lane
