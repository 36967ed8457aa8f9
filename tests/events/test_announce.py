import random
from collections import Counter
from typing import ClassVar

import pytest

from hubbub.platform.counters import CountKind, select_counts
from hubbub.platform.db import Database, Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import LANES, Event, announce, lane_of


class SampleSent(Event, frozen=True):
    aggregate: ClassVar[str] = "letter_id"
    consumers: ClassVar[tuple[str, ...]] = ("deliver", "record", "mail")
    letter_id: int
    text: str = ""


async def rows(db: Database) -> list[tuple[str, int, str, str]]:
    async with db.connection() as tx:
        found = await tx.fetch(
            "SELECT consumer, lane, kind, body->>'text' AS text FROM outbox ORDER BY consumer"
        )
    return [(row["consumer"], row["lane"], row["kind"], row["text"]) for row in found]


async def test_each_consumer_gets_its_own_row_in_the_aggregates_lane(db: Database) -> None:
    async with db.transaction() as tx:
        await announce(tx, SampleSent(letter_id=7, text="é"))

    assert await rows(db) == [(c, lane_of(7), "SampleSent", "é") for c in ("deliver", "mail", "record")]


async def test_many_events_take_one_statement(db: Database) -> None:
    async with db.transaction() as tx:
        await announce(tx, SampleSent(letter_id=0))  # the driver learns the types it needs, once a process

    with db.recorded_statements() as statements:
        async with db.transaction() as tx:
            await announce(tx, *(SampleSent(letter_id=id_) for id_ in range(1, 51)))

    assert [statement.split()[0].strip(";") for statement in statements] == ["BEGIN", "INSERT", "COMMIT"]
    assert len(await rows(db)) == 153


async def test_counts_and_events_take_one_statement_together(db: Database) -> None:
    async with db.transaction() as tx:  # the driver learns the types it needs
        await announce(tx, SampleSent(letter_id=0), counts=[(9, CountKind.LIKES, 1)])

    with db.recorded_statements() as statements:
        async with db.connection() as tx:
            await announce(
                tx, SampleSent(letter_id=7), counts=[(1, CountKind.LIKES, 2), (2, CountKind.POSTS, 0)]
            )
    async with db.connection() as tx:
        await announce(tx, counts=[(3, CountKind.POSTS, -1)])
        found = await select_counts(tx, [1, 2, 3])

    assert len(statements) == 1
    assert len(await rows(db)) == 6
    assert [found[1][CountKind.LIKES], found[2][CountKind.POSTS], found[3][CountKind.POSTS]] == [2, 0, -1]


async def test_a_rolled_back_change_announces_nothing_and_wakes_nobody(db: Database) -> None:
    woken: list[None] = []
    db.after_announcing = lambda _: woken.append(None)

    async def fail(tx: Tx) -> None:
        await announce(tx, SampleSent(letter_id=7))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.write(fail)

    assert await rows(db) == []
    assert woken == []


async def test_workers_are_woken_after_the_commit_of_events_only(db: Database) -> None:
    woken: list[set[str]] = []

    async def count() -> int:
        async with db.connection() as tx:
            return int(await tx.fetchval("SELECT count(*) FROM outbox"))

    db.after_announcing = lambda consumers: woken.append(set(consumers))
    async with db.transaction() as tx:
        await announce(tx, SampleSent(letter_id=7))
        woken_before_commit = list(woken)
    woken_after_commit = list(woken)
    await count()

    assert woken_before_commit == []
    assert woken_after_commit == woken == [{"deliver", "record", "mail"}]


def test_lanes_never_change_and_share_the_load() -> None:
    rng = random.Random(1)
    ids = [new_id() + rng.randrange(2**40) for _ in range(3200)]

    load = Counter(map(lane_of, ids))

    assert [lane_of(id_) for id_ in (1, 2, 3, 2**62)] == [19, 7, 27, 8]
    assert set(map(lane_of, range(1000))) <= set(range(LANES))
    assert max(load.values()) < 3 * 3200 / LANES
