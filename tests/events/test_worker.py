import asyncio
import time
from collections.abc import Sequence
from typing import ClassVar

import pytest

from hubbub.platform.db import Database, DatabaseUnavailable, Tx, open_database
from hubbub.platform.outbox import (
    CHANNEL,
    Consumer,
    Event,
    OutboxWorker,
    Reactions,
    Waker,
    announce,
    outbox_lag,
)
from tests.events.samples import (
    RECORD,
    SampleRung,
    pending_events,
    quiet_metrics,
    record,
    recorded,
    recording,
    ring,
    until,
    working,
)
from tests.support.proxy import proxied


class SamplePosted(Event, frozen=True):
    aggregate: ClassVar[str] = "letter_id"
    consumers: ClassVar[tuple[str, ...]] = ("record", "mail")
    letter_id: int


async def has_recorded(db: Database, *numbers: int) -> bool:
    return await recorded(db) == list(numbers)


async def test_events_are_handled_soon_after_a_wake(db: Database) -> None:
    async with working(db, recording()) as worker:
        await ring(db, 0)
        await until(lambda: has_recorded(db, 0))
        await asyncio.sleep(1.2)  # the worker now looks only every half second by itself
        db.after_announcing = worker.wake
        started = time.monotonic()
        await ring(db, 1)
        await until(lambda: has_recorded(db, 0, 1))
        waited = time.monotonic() - started

    assert waited < 0.25


async def test_events_are_handled_without_a_wake(db: Database) -> None:
    async with working(db, recording()):
        await ring(db, 1)
        await until(lambda: has_recorded(db, 1), seconds=3)


async def test_many_calls_publish_a_few_times_and_a_dead_channel_is_borne() -> None:
    published: list[str] = []

    async def publish(channel: str, payload: bytes) -> None:
        published.append(channel)
        await asyncio.sleep(0.01)

    async def fail(channel: str, payload: bytes) -> None:
        raise ConnectionError

    wake, broken = Waker(publish), Waker(fail)
    for _ in range(100):
        wake(["record"])
        broken(["record"])
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)

    assert 1 <= len(published) <= 3
    assert set(published) == {CHANNEL}


async def test_stopping_finishes_the_batch_in_hand(db: Database) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx, events: Sequence[SampleRung]) -> None:
        await record(tx, events)
        has_begun.set()
        await may_end.wait()

    reactions = Reactions([Consumer("record", seconds=5)])
    reactions.on("record", slowly)
    await ring(db, 1)
    async with working(db, reactions) as worker:
        await has_begun.wait()
        worker.stop()
        may_end.set()

    assert await has_recorded(db, 1)
    assert await pending_events(db) == 0


async def test_a_slow_consumer_delays_no_other(db: Database) -> None:
    is_over = asyncio.Event()
    mailed: list[int] = []

    async def mail(tx: Tx, events: Sequence[SamplePosted]) -> None:
        mailed.append(len(events))
        await is_over.wait()

    async def note(tx: Tx, events: Sequence[SamplePosted]) -> None:
        await record(tx, [SampleRung(bell_id=1, number=event.letter_id) for event in events])

    reactions = Reactions([RECORD, Consumer("mail", batch=1, seconds=30)])
    reactions.on("mail", mail)
    reactions.on("record", note)
    async with db.transaction() as tx:
        await announce(tx, *(SamplePosted(letter_id=n) for n in range(1, 41)))
    async with working(db, reactions):
        await until(lambda: has_recorded(db, *range(1, 41)), seconds=5)
        waiting = {row.consumer: row.pending for row in await outbox_lag(db)}
        is_over.set()

    assert waiting.get("mail", 0) == 40
    assert set(mailed) == {1}


async def test_the_worker_outlives_the_loss_of_its_database(database_url: str, db: Database) -> None:
    async with proxied(database_url) as proxy:
        own = await open_database(proxy.url(database_url), deadline_seconds=1)
        async with working(own, recording()):
            await ring(db, 1)
            await until(lambda: has_recorded(db, 1))
            for _ in range(5):
                proxy.reset_all()
                await asyncio.sleep(0.05)
            proxy.is_black_hole = True
            await ring(db, 2)
            with pytest.raises(DatabaseUnavailable):
                async with own.connection(deadline_seconds=0.3) as tx:
                    await tx.execute("SELECT 1")
            proxy.is_black_hole = False
            await until(lambda: has_recorded(db, 1, 2), seconds=8)
        await own.close()


async def test_the_lag_is_the_age_of_the_oldest_event_that_is_due(db: Database) -> None:
    await ring(db, 1, 2)
    async with db.connection() as tx:
        await tx.execute(
            "UPDATE outbox SET not_before = now() - interval '90 seconds' WHERE body->>'number' = '1'"
        )

    behind = await outbox_lag(db)
    metrics = quiet_metrics()
    reactions = Reactions([Consumer("record", lanes_at_once=0)])
    worker = OutboxWorker(db, reactions, metrics=metrics)
    running = asyncio.create_task(worker.run())

    async def is_measured() -> bool:
        # The first measurement may come before the lanes are made.
        return float(metrics.lag.labels("record")._value.get()) > 0

    await until(is_measured, seconds=8)
    worker.stop()
    await running

    assert [(row.consumer, row.pending, round(row.lag_seconds), row.dead) for row in behind] == [
        ("record", 2, 90, 0)
    ]
    assert metrics.lag.labels("record")._value.get() == pytest.approx(90, abs=10)


async def test_batches_and_dead_letters_are_measured(db: Database) -> None:
    metrics = quiet_metrics()
    async with db.connection() as tx:
        await tx.execute(
            "INSERT INTO dead_letters (lane, consumer, id, kind, body, error, died_at)"
            " VALUES (1, 'record', 7, 'SampleRung', '{}', 'boom', now())"
        )
    await ring(db, 1, 2, 3)
    worker = OutboxWorker(db, recording(), metrics=metrics)
    running = asyncio.create_task(worker.run())

    def value(name: str) -> float | None:
        return metrics.registry.get_sample_value(name, {"consumer": "record"})

    async def is_measured() -> bool:
        return value("hubbub_outbox_dead_letters") == 1 and value("hubbub_outbox_processed_total") == 3

    await until(is_measured, seconds=8)
    worker.stop()
    await running

    assert value("hubbub_outbox_batch_events_sum") == 3
    assert value("hubbub_outbox_batch_events_count") == value("hubbub_outbox_batch_seconds_count") == 1


async def test_events_of_one_aggregate_are_handled_in_order(db: Database) -> None:
    order: list[int] = []

    async def remember(tx: Tx, events: Sequence[SampleRung]) -> None:
        order.extend(event.number for event in events)

    reactions = Reactions([Consumer("record", batch=7, lanes_at_once=4)])
    reactions.on("record", remember)
    async with working(db, reactions):
        for number in range(0, 100, 5):
            await ring(db, *range(number, number + 5))

        async def is_done() -> bool:
            return len(order) == 100

        await until(is_done)

    assert order == list(range(100))
