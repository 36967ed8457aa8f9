import asyncio
import threading
from collections.abc import Sequence

import pytest

from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import (
    LANES,
    Consumer,
    Handler,
    Reactions,
    Watchdog,
    announce,
    lane_of,
    list_dead_letters,
    runners,
)
from hubbub.platform.outbox.batches import TRIES, Batches, Outcome
from hubbub.platform.outbox.queries import Wanted, claim_round, insert_lanes, lock_lane
from hubbub.platform.outbox.rounds import Rounds
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

POISON = 13


class Faulty:
    """Records as `record` does, but for one number."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.batches: list[list[int]] = []

    async def __call__(self, tx: Tx, events: Sequence[SampleRung]) -> None:
        self.batches.append([event.number for event in events])
        await record(tx, events)
        if self.error is not None and POISON in self.batches[-1]:
            raise self.error


async def rounds_of(db: Database, handler: Handler, consumer: Consumer = RECORD) -> Rounds:
    reactions = Reactions([consumer])
    reactions.on("record", handler)
    async with db.connection() as tx:
        await insert_lanes(tx, lanes=LANES, consumers=["record"])
    metrics = quiet_metrics()
    return Rounds(db, Batches(db, reactions, consumer, metrics), metrics)


async def ring_bells(db: Database, *numbers: int) -> None:
    """Each of a bell of its own, whose number is the event's."""
    async with db.transaction() as tx:
        await announce(tx, *(SampleRung(bell_id=number, number=number) for number in numbers))


@pytest.mark.parametrize("is_careful", [False, True])
async def test_events_of_many_lanes_cost_as_many_statements_as_those_of_one(
    db: Database, is_careful: bool
) -> None:
    handler = Faulty()
    rounds = await rounds_of(db, handler)
    await ring_bells(db, *range(40))
    await rounds.take(is_careful=is_careful)
    await ring_bells(db, 40)

    costs = []
    for numbers in ([50], list(range(60, 100))):
        await ring_bells(db, *numbers)
        with db.recorded_statements() as statements:
            await rounds.take(is_careful=is_careful)
        costs.append(len(statements))

    assert costs == ([6, 6] if is_careful else [4, 4])
    assert len({lane_of(number) for number in range(60, 100)}) > 15
    assert sorted(number for batch in handler.batches for number in batch) == await recorded(db)


async def test_a_poison_event_rolls_the_round_back_and_then_dies_alone(db: Database) -> None:
    handler = Faulty(ZeroDivisionError("poisoned"))
    rounds = await rounds_of(db, handler)
    others = [number for number in range(30) if number != POISON]
    await ring_bells(db, POISON, *others)

    for _ in range(TRIES + 1):
        await rounds.take()
        await make_all_due(db)

    assert await recorded(db) == others
    assert await pending_events(db) == 0
    [letter] = await list_dead_letters(db)
    assert "ZeroDivisionError: poisoned" in letter.error
    assert "During handling" not in letter.error


async def test_lanes_that_another_worker_has_are_passed_by(db: Database) -> None:
    rounds = await rounds_of(db, Faulty())
    await ring_bells(db, 1, 2)
    assert lane_of(1) != lane_of(2)

    async with db.transaction() as tx:
        await lock_lane(tx, lane=lane_of(1), consumer="record")
        await rounds.take()
        handled = await recorded(db)
        await rounds.take(is_careful=True)
    await rounds.take()

    assert handled == [2]
    assert await recorded(db) == [1, 2]


async def test_a_backlog_is_shared_evenly_and_leaves_lanes_to_others(db: Database) -> None:
    handler = Faulty()
    rounds = await rounds_of(db, handler, Consumer("record", batch=32))
    await ring_bells(db, *range(600))

    while await rounds.take() is Outcome.MORE:
        pass
    lanes = [{lane_of(number) for number in batch} for batch in handler.batches]

    assert await recorded(db) == list(range(600))
    assert len(lanes[0]) == 32
    assert {len(each) for each in lanes[1:3]} == {4}


async def test_after_a_death_in_a_round_its_lanes_are_tried_one_by_one(db: Database) -> None:
    class Died(BaseException):
        """All that the database sees of a kill -9."""

    deaths = 0
    await ring_bells(db, *range(20))
    for _ in range(12):
        handler = Faulty(Died())
        restarted = await rounds_of(db, handler)
        try:
            await restarted.take(is_careful=True)
        except Died:
            deaths += 1
        await make_all_due(db)

    assert 1 <= deaths <= 5
    assert await recorded(db) == [number for number in range(20) if number != POISON]
    assert "the worker died each time" in (await list_dead_letters(db))[0].error


async def test_two_careful_rounds_at_once_suspect_nobody(db: Database) -> None:
    handler = Faulty()
    rounds = await rounds_of(db, handler)
    for start in range(0, 400, 40):
        await ring_bells(db, *range(start, start + 40))
        await asyncio.gather(*(rounds.take(is_careful=True) for _ in range(3)))

    assert await recorded(db) == list(range(400))
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM outbox_lanes WHERE strikes > 0") == 0
    assert min(map(len, handler.batches)) > 1


async def test_a_backlog_is_never_read_as_a_whole_though_the_server_knew_the_table_empty(
    db: Database,
) -> None:
    rounds = await rounds_of(db, Faulty())
    wanted = Wanted("record", list(range(LANES)), list(rounds.batches.kinds), LANES, 500)
    async with db.connection() as tx:
        await tx.execute("VACUUM ANALYZE outbox")

    async with db.transaction() as tx:
        await claim_round(tx, wanted, strikes=0)
        await announce(tx, *(SampleRung(bell_id=number, number=number) for number in range(2000)))
        claimed = await claim_round(tx, wanted, strikes=0)
        scans = await tx.fetchval("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'outbox'")

    assert len(claimed) > 300
    assert scans == 0


@pytest.mark.parametrize("is_durable", [False, True])
async def test_only_durable_rounds_wait_for_the_disk(db: Database, is_durable: bool) -> None:
    waits: list[str] = []

    async def look(tx: Tx, events: Sequence[SampleRung]) -> None:
        waits.append(await tx.fetchval("SHOW synchronous_commit"))

    rounds = await rounds_of(db, look, Consumer("record", is_durable=is_durable))
    async with db.connection() as tx:  # the only one, so that the round gets it too
        await tx.execute("SET synchronous_commit = local")
    await ring_bells(db, 1)
    await rounds.take()

    assert waits == ["local" if is_durable else "off"]


async def test_lanes_worked_one_by_one_for_long_do_not_look_like_a_stall(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "STALL_SECONDS", 0.3)
    is_bitten = threading.Event()

    async def slow_but_for_many(tx: Tx, events: Sequence[SampleRung]) -> None:
        if len(events) > 1:
            raise ZeroDivisionError
        await asyncio.sleep(0.03)
        await record(tx, events)

    reactions = Reactions([Consumer("record", seconds=0.2, lanes_at_once=1)])
    reactions.on("record", slow_but_for_many)
    await ring(db, *range(40))

    async def is_done() -> bool:
        return len(await recorded(db)) == 40

    async with working(db, reactions, watchdog=Watchdog(on_stall=is_bitten.set, every_seconds=0.02)):
        await until(is_done)

    assert not is_bitten.is_set()
