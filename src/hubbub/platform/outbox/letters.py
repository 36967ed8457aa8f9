"""What operators see of the outbox, and how they bring dead letters back."""

from collections.abc import Sequence

from hubbub.platform.db import MAX_ID, Database, note_announcement
from hubbub.platform.outbox import queries
from hubbub.platform.outbox.queries import Backlog, DeadLetter


async def outbox_lag(db: Database) -> list[Backlog]:
    """How far each consumer is behind, and how many of its events are dead."""
    async with db.connection() as tx:
        return await queries.select_backlogs(tx)


async def list_dead_letters(
    db: Database, *, consumers: Sequence[str] = (), before: tuple[int, str] = (MAX_ID, ""), limit: int = 50
) -> list[DeadLetter]:
    """Newest first, of these consumers or of all; `before` is (id, consumer) of the last one seen."""
    async with db.connection() as tx:
        return await queries.select_dead_letters(tx, consumers=consumers, before=before, limit=limit)


async def replay_dead_letters(db: Database, ids: Sequence[int]) -> int:
    """Hand them to the workers again, as if never tried; how many there were."""
    async with db.transaction() as tx:
        revived = await queries.insert_revived(tx, ids=ids)
        note_announcement()
        return revived
