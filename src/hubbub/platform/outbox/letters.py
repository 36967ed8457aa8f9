"""What operators see of the outbox, and how they bring dead letters back, or let them go."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.platform.db import MAX_ID, Database, note_announcement
from hubbub.platform.outbox import letter_queries as queries
from hubbub.platform.outbox.letter_queries import Backlog, DeadLetter, KindBacklog

# In one transaction.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Letters:
    """Which dead letters are meant; an empty part means any."""

    ids: Sequence[int] = ()
    consumers: Sequence[str] = ()
    kinds: Sequence[str] = ()


async def outbox_lag(db: Database) -> list[Backlog]:
    """How far each consumer is behind, and how many of its events are dead."""
    async with db.connection() as tx:
        return await queries.select_backlogs(tx)


async def outbox_kinds(db: Database) -> list[KindBacklog]:
    """What kinds of events wait. One that no worker knows waits until a newer worker comes."""
    async with db.connection() as tx:
        return await queries.select_kind_backlogs(tx)


async def list_dead_letters(
    db: Database, which: Letters = Letters(), *, before: tuple[int, str] = (MAX_ID, ""), limit: int = 50
) -> list[DeadLetter]:
    """Newest first; `before` is (id, consumer) of the last one seen."""
    async with db.connection() as tx:
        return await queries.select_dead_letters(tx, which, before=before, limit=limit)


async def replay_dead_letters(db: Database, which: Letters) -> int:
    """Hand them to the workers again, as if never tried; how many there were."""
    async with db.connection() as tx:
        died_until = await queries.select_time(tx)
    total = 0
    while True:
        async with db.transaction() as tx:
            revived = await queries.insert_revived(tx, which, died_until=died_until, limit=BATCH)
            note_announcement()
        total += revived
        if revived < BATCH:
            return total


async def discard_dead_letters(db: Database, which: Letters) -> int:
    """Forget them: what they announced is never done. How many there were."""
    async with db.connection() as tx:
        died_until = await queries.select_time(tx)
        return await queries.delete_dead_letters(tx, which, died_until=died_until)
