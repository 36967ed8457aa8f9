import asyncio
from collections.abc import Sequence

import pytest

from hubbub.errors import Unavailable
from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import (
    Consumer,
    Letters,
    Reactions,
    lane_of,
    list_dead_letters,
    outbox_lag,
    replay_dead_letters,
)
from hubbub.platform.outbox.batches import TRIES, Batches, Outcome
from hubbub.platform.outbox.queries import insert_lanes
from tests.events.samples import (
    RECORD,
    SampleRung,
    make_all_due,
    pending_events,
    quiet_metrics,
    record,
    recorded,
    ring,
    until,
    working,
)

LANE = lane_of(1)
POISON = 13


class Faulty:
    """Records as `record` does, but for one number."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
        self.batches: list[list[int]] = []

    async def __call__(self, tx: Tx, events: Sequence[SampleRung]) -> None:
        self.batches.append([event.number for event in events])
        await record(tx, events)
        if self.error is not None and POISON in self.batches[-1]:
            raise self.error


async def lane_of_faulty(db: Database, handler: Faulty, consumer: Consumer = RECORD) -> Batches:
    reactions = Reactions([consumer])
    reactions.on("record", handler)
    async with db.connection() as tx:
        await insert_lanes(tx, lanes=32, consumers=["record"])
    return Batches(db, reactions, consumer, quiet_metrics())


async def test_a_poison_event_dies_after_its_tries_and_the_others_go_on(db: Database) -> None:
    batches = await lane_of_faulty(db, Faulty(ZeroDivisionError("poisoned")))
    await ring(db, 1, POISON, 2, 3)

    await batches.work(LANE)
    first = await recorded(db)
    for _ in range(TRIES):
        await make_all_due(db)
        await ring(db, 4)
        await batches.work(LANE)
    letters = await list_dead_letters(db)

    assert first == [1, 2, 3]
    assert await recorded(db) == [1, 2, 3, *[4] * TRIES]
    assert await pending_events(db) == 0
    assert [(letter.kind, letter.consumer) for letter in letters] == [("SampleRung", "record")]
    assert "ZeroDivisionError: poisoned" in letters[0].error
    assert "During handling" not in letters[0].error


async def test_an_event_that_is_put_off_does_not_disturb_the_batches_of_others(db: Database) -> None:
    handler = Faulty(ZeroDivisionError())
    batches = await lane_of_faulty(db, handler)
    await ring(db, POISON)

    await batches.work(LANE)
    await ring(db, 1, 2)
    await batches.work(LANE)

    assert handler.batches == [[POISON], [POISON], [1, 2]]


async def test_an_event_that_failed_is_never_again_in_a_batch_with_others(db: Database) -> None:
    handler = Faulty(ZeroDivisionError())
    batches = await lane_of_faulty(db, handler)
    await ring(db, POISON)
    await batches.work(LANE)

    await make_all_due(db)
    await ring(db, 1, 2)
    await batches.work(LANE)

    assert handler.batches == [[POISON], [POISON], [POISON], [1], [2]]


async def test_a_lane_has_one_worker_at_a_time(db: Database) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    class Waiting(Faulty):
        async def __call__(self, tx: Tx, events: Sequence[SampleRung]) -> None:
            await super().__call__(tx, events)
            has_begun.set()
            await may_end.wait()

    first, second = Waiting(None), Faulty(None)
    batches, other = await lane_of_faulty(db, first), await lane_of_faulty(db, second)
    await ring(db, 1)
    at_work = asyncio.create_task(batches.work(LANE))
    await has_begun.wait()
    await ring(db, 2)
    outcomes = [await other.work(LANE), await other.work(LANE, is_careful=True)]
    may_end.set()
    await at_work
    await other.work(LANE)

    assert outcomes == [Outcome.IDLE, Outcome.IDLE]
    assert (first.batches, second.batches) == ([[1]], [[2]])


async def test_after_a_death_in_the_lane_its_events_are_tried_one_by_one(db: Database) -> None:
    handler = Faulty(None)
    batches = await lane_of_faulty(db, handler)
    await ring(db, 1, 2)
    async with db.connection() as tx:
        await tx.execute("UPDATE outbox_lanes SET strikes = 1 WHERE lane = $1", LANE)

    while await batches.work(LANE) is Outcome.MORE:
        pass
    await ring(db, 3, 4)
    await batches.work(LANE)

    assert handler.batches == [[1], [2], [3, 4]]


async def test_a_failed_event_is_put_off_for_longer_each_time(db: Database) -> None:
    batches = await lane_of_faulty(db, Faulty(ZeroDivisionError()))
    await ring(db, POISON)

    waits = []
    for _ in range(TRIES - 1):
        await make_all_due(db)
        await batches.work(LANE)
        async with db.connection() as tx:
            waits.append(
                await tx.fetchval("SELECT extract(epoch FROM not_before - now())::float8 FROM outbox")
            )

    assert waits == pytest.approx([1, 2, 4, 8], abs=0.5)


async def test_a_replayed_letter_is_handled_once(db: Database) -> None:
    handler = Faulty(ZeroDivisionError())
    batches = await lane_of_faulty(db, handler)
    await ring(db, POISON)
    for _ in range(TRIES):
        await make_all_due(db)
        await batches.work(LANE)
    dead = [letter.id for letter in await list_dead_letters(db, Letters(consumers=["record"]))]
    lag_before = (await outbox_lag(db))[0]

    handler.error = None
    revived = await replay_dead_letters(db, Letters(ids=dead))
    await batches.work(LANE)

    assert revived == len(dead) == lag_before.dead == 1
    assert await replay_dead_letters(db, Letters(ids=dead)) == 0
    assert await recorded(db) == [POISON]
    assert await list_dead_letters(db) == []


async def test_an_event_of_an_older_shape_dies_alone(db: Database) -> None:
    batches = await lane_of_faulty(db, Faulty(None))
    await ring(db, 1, 2)
    async with db.connection() as tx:
        await tx.execute("UPDATE outbox SET body = '{\"type\": \"SampleRung\"}' WHERE body->>'number' = '1'")

    for _ in range(TRIES):
        await make_all_due(db)
        await batches.work(LANE)

    assert await recorded(db) == [2]
    assert "missing required field" in (await list_dead_letters(db))[0].error


async def test_an_event_of_newer_code_is_left_for_it(db: Database) -> None:
    batches = await lane_of_faulty(db, Faulty(None))
    await ring(db, 1, 2)
    async with db.connection() as tx:
        await tx.execute("UPDATE outbox SET kind = 'SampleOfNextYear' WHERE body->>'number' = '1'")

    outcome = await batches.work(LANE)

    assert outcome is Outcome.IDLE
    assert await recorded(db) == [2]
    assert await pending_events(db) == 1


async def test_an_outage_pauses_the_lane_and_kills_no_event(db: Database) -> None:
    handler = Faulty(Unavailable("mail server"))
    batches = await lane_of_faulty(db, handler)
    await ring(db, POISON, 1)

    outcomes = []
    for _ in range(TRIES + 3):
        await make_all_due(db)
        outcomes.append(await batches.work(LANE))
    handler.error = None
    await make_all_due(db)
    await batches.work(LANE)

    assert set(outcomes) == {Outcome.OUTAGE}
    assert await list_dead_letters(db) == []
    assert await recorded(db) == [1, POISON]


async def test_a_handler_that_hangs_is_cut_and_its_event_put_off(db: Database) -> None:
    class Hanging(Faulty):
        async def __call__(self, tx: Tx, events: Sequence[SampleRung]) -> None:
            await super().__call__(tx, events)
            if POISON in self.batches[-1]:
                await tx.execute("SELECT pg_sleep(60)")

    handler = Hanging(None)
    batches = await lane_of_faulty(db, handler, Consumer("record", batch=4, seconds=0.1))
    await ring(db, POISON, 1, 2)

    async with asyncio.timeout(5):
        while await batches.work(LANE) is Outcome.MORE:
            pass

    assert await recorded(db) == [1, 2]
    assert await pending_events(db) == 1


async def test_a_handler_that_cancels_itself_does_not_end_the_worker(db: Database) -> None:
    batches = await lane_of_faulty(db, Faulty(asyncio.CancelledError()))
    await ring(db, POISON, 1)

    await batches.work(LANE)

    assert await recorded(db) == [1]


async def test_a_swallowed_database_error_is_a_failure(db: Database) -> None:
    class Swallowing(Faulty):
        async def __call__(self, tx: Tx, events: Sequence[SampleRung]) -> None:
            await super().__call__(tx, events)
            if POISON in self.batches[-1]:
                try:
                    await tx.execute("SELECT 1 / 0")
                except Exception:
                    return

    batches = await lane_of_faulty(db, Swallowing(None))
    await ring(db, POISON, 1)

    await batches.work(LANE)

    assert await recorded(db) == [1]
    assert await pending_events(db) == 1


class Died(BaseException):
    """Passes every handler of errors and cuts the connection: all that the database sees of a kill -9."""


async def test_an_event_that_kills_its_worker_is_found_and_put_aside(db: Database) -> None:
    deaths = 0
    await ring(db, 1, POISON, 2)

    for _ in range(12):
        restarted = await lane_of_faulty(db, Faulty(Died()))
        try:
            await restarted.work(LANE, is_careful=deaths > 0)
        except Died:
            deaths += 1
        await make_all_due(db)

    assert 1 <= deaths <= 5
    assert await recorded(db) == [1, 2]
    assert "the worker died each time" in (await list_dead_letters(db))[0].error


async def test_a_worker_retries_by_itself(db: Database) -> None:
    handler = Faulty(ZeroDivisionError())
    reactions = Reactions([RECORD])
    reactions.on("record", handler)
    await ring(db, 1, POISON, 2)

    async def is_tried_again() -> bool:
        return handler.batches.count([POISON]) >= 2

    async with working(db, reactions):
        await until(is_tried_again)
        handler.error = None

        async def is_done() -> bool:
            return await recorded(db) == [1, 2, POISON]

        await until(is_done)
