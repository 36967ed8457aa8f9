import asyncio
import itertools

import pytest

from hubbub.platform.db import Database, open_database
from hubbub.platform.ids import SEQUENCE_BITS, WORKERS, IdMaker, new_id
from hubbub.platform.leases import NoNumberFree, WorkerNumber, leased_worker_number


def number_in(id_: int) -> int:
    return id_ >> SEQUENCE_BITS & (WORKERS - 1)


async def test_ids_carry_the_leased_number(db: Database) -> None:
    async with leased_worker_number(db) as lease:
        id_ = new_id()

    assert number_in(id_) == lease.number


async def test_processes_get_numbers_of_their_own(db: Database) -> None:
    leases = [WorkerNumber(db) for _ in range(20)]
    await asyncio.gather(*(lease.claim_or_renew() for lease in leases))

    assert len({lease.number for lease in leases}) == 20


async def test_renewing_keeps_the_number(db: Database) -> None:
    lease = WorkerNumber(db)
    await lease.claim_or_renew()
    first = lease.number

    await lease.claim_or_renew()

    assert lease.number == first


async def test_a_lease_that_another_took_over_is_replaced(db: Database) -> None:
    lease, other = WorkerNumber(db), "another process"
    await lease.claim_or_renew()
    lost = lease.number
    async with db.connection() as tx:
        await tx.execute("UPDATE id_workers SET holder = $1 WHERE number = $2", other, lost)

    await lease.claim_or_renew()

    assert lease.number != lost


async def test_a_number_given_back_is_the_last_to_be_used_again(db: Database) -> None:
    first, second = WorkerNumber(db), WorkerNumber(db)
    await first.claim_or_renew()
    await first.give_back()
    await second.claim_or_renew()

    assert second.number != first.number


async def test_when_all_numbers_are_leased_there_is_none(db: Database) -> None:
    lease, late = WorkerNumber(db), WorkerNumber(db)
    await lease.claim_or_renew()
    async with db.connection() as tx:
        await tx.execute("UPDATE id_workers SET leased_until = now() + interval '1 hour'")

    with pytest.raises(NoNumberFree):
        await late.claim_or_renew()


async def test_without_a_database_ids_are_made_all_the_same() -> None:
    db = await open_database("postgresql://hubbub@127.0.0.1:1/none")
    async with leased_worker_number(db) as lease:
        assert lease.number is None
        assert new_id() < new_id()
    await db.close()


def test_ids_rise_though_the_number_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.platform.ids.time.time_ns", lambda: 1_800_000_000_000_000_000)
    maker = IdMaker(900)

    made = [maker(), maker()]
    maker.use_worker(3)
    made += [maker(), maker()]

    assert all(earlier < later for earlier, later in itertools.pairwise(made))
    assert [number_in(id_) for id_ in made] == [900, 900, 3, 3]
