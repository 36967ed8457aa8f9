"""A number of its own for each process, to tell the ids it makes from those of others."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hubbub.platform.db import Database, DatabaseUnavailable, Tx
from hubbub.platform.ids import WORKERS, use_worker_number

log = logging.getLogger(__name__)

__all__ = ["NoNumberFree", "WorkerNumber", "leased_worker_number"]

LEASE_SECONDS = 600.0
RENEW_SECONDS = 60.0


class NoNumberFree(Exception):
    """All numbers are leased: as many processes run, or have died within the last ten minutes."""


class WorkerNumber:
    """A leased number, renewed until `give_back`. Without a database the random one stays in use."""

    def __init__(self, db: Database, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._db = db
        self._lease_seconds = lease_seconds
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self.number: int | None = None

    async def claim_or_renew(self) -> None:
        """Prolong the lease, or begin one, also when the last ran out and the number may be another's."""
        async with self._db.transaction() as tx:
            if self.number is not None and await _renew(
                tx, number=self.number, holder=self._holder, seconds=self._lease_seconds
            ):
                return
            await _insert_numbers(tx, count=WORKERS)
            number = await _claim(tx, holder=self._holder, seconds=self._lease_seconds)
        if number is None:
            raise NoNumberFree
        self.number = number
        use_worker_number(number)

    async def give_back(self) -> None:
        if self.number is not None:
            async with self._db.connection() as tx:
                await _give_back(tx, number=self.number, holder=self._holder)

    async def keep(self, *, every_seconds: float = RENEW_SECONDS) -> None:
        """Renew for ever."""
        while True:
            await asyncio.sleep(every_seconds if self.number is not None else min(every_seconds, 5.0))
            await self.try_claim_or_renew()

    async def try_claim_or_renew(self) -> None:
        try:
            await self.claim_or_renew()
        except (DatabaseUnavailable, NoNumberFree) as error:
            log.warning("no lease for an id worker number: %s: %s", type(error).__name__, error)


@asynccontextmanager
async def leased_worker_number(db: Database) -> AsyncIterator[WorkerNumber]:
    """Ids made in the block carry a leased number, as soon and as long as the database can be reached."""
    lease = WorkerNumber(db)
    await lease.try_claim_or_renew()
    keeper = asyncio.create_task(lease.keep())
    try:
        yield lease
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        with suppress(DatabaseUnavailable):
            await lease.give_back()


async def _insert_numbers(tx: Tx, *, count: int) -> None:
    await tx.execute(
        """
        INSERT INTO id_workers (number, holder, leased_until)
        SELECT number, '', '-infinity'
        FROM generate_series(0, $1::integer - 1) AS number
        WHERE NOT EXISTS (SELECT FROM id_workers)
        ON CONFLICT (number) DO NOTHING
        """,
        count,
    )


async def _claim(tx: Tx, *, holder: str, seconds: float) -> int | None:
    """The number that has been free for longest: the clock of its last holder may have been ahead."""
    number: int | None = await tx.fetchval(
        """
        UPDATE id_workers SET holder = $1, leased_until = now() + make_interval(secs => $2)
        WHERE number = (
            SELECT number FROM id_workers
            WHERE leased_until <= now()
            ORDER BY leased_until, random()
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        )
        RETURNING number
        """,
        holder,
        seconds,
    )
    return number


async def _renew(tx: Tx, *, number: int, holder: str, seconds: float) -> bool:
    return bool(
        await tx.fetchval(
            """
            UPDATE id_workers SET leased_until = now() + make_interval(secs => $3)
            WHERE number = $1 AND holder = $2
            RETURNING true
            """,
            number,
            holder,
            seconds,
        )
    )


async def _give_back(tx: Tx, *, number: int, holder: str) -> None:
    await tx.execute(
        "UPDATE id_workers SET holder = '', leased_until = now() WHERE number = $1 AND holder = $2",
        number,
        holder,
    )
