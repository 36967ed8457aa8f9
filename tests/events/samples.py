"""Events of the tests' own, a handler that leaves a row for each, and a worker that runs for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from prometheus_client import CollectorRegistry

from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import Consumer, Event, OutboxMetrics, OutboxWorker, Reactions, announce

RECORD = Consumer("record", seconds=1.0)


class SampleRung(Event, frozen=True):
    aggregate: ClassVar[str] = "bell_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)
    bell_id: int
    number: int


class SampleMuted(Event, frozen=True):
    aggregate: ClassVar[str] = "bell_id"
    consumers: ClassVar[tuple[str, ...]] = ("record",)
    bell_id: int
    number: int


class SampleTolled(Event, frozen=True):
    """Announced to `learn` too, which no worker of the tests works: there the whole history stays."""

    aggregate: ClassVar[str] = "bell_id"
    consumers: ClassVar[tuple[str, ...]] = ("record", "learn")
    bell_id: int
    number: int


async def record(tx: Tx, events: Sequence[SampleRung | SampleMuted | SampleTolled]) -> None:
    """Nothing stops it from recording a number twice, so that a second time shows."""
    await tx.execute(
        """
        INSERT INTO count_deltas (subject_id, kind, delta)
        SELECT number, 1, 1 FROM unnest($1::bigint[]) AS number
        """,
        [event.number for event in events],
    )


async def recorded(db: Database) -> list[int]:
    async with db.connection() as tx:
        rows = await tx.fetch("SELECT subject_id FROM count_deltas ORDER BY subject_id")
    return [row["subject_id"] for row in rows]


async def ring(db: Database, *numbers: int, bell_id: int = 1) -> None:
    async with db.transaction() as tx:
        await announce(tx, *(SampleRung(bell_id=bell_id, number=number) for number in numbers))


async def pending_events(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM outbox WHERE consumer <> 'learn'"))


async def make_all_due(db: Database) -> None:
    """As if the back-off of every event that was put off were over."""
    async with db.connection() as tx:
        await tx.execute("UPDATE outbox SET not_before = now()")


def recording(consumer: Consumer = RECORD) -> Reactions:
    reactions = Reactions([consumer])
    reactions.on("record", record)
    return reactions


def quiet_metrics() -> OutboxMetrics:
    return OutboxMetrics(CollectorRegistry())


@asynccontextmanager
async def working(db: Database, reactions: Reactions, **options: object) -> AsyncIterator[OutboxWorker]:
    worker = OutboxWorker(db, reactions, metrics=quiet_metrics(), **options)  # type: ignore[arg-type]
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, 10)


async def until(is_so: Callable[[], Awaitable[bool]], *, seconds: float = 10.0) -> None:
    """Wait for a condition; TimeoutError when it does not come true."""
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
