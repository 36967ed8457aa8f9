"""What a worker would do with what was announced, done here and now."""

from collections.abc import Collection

from prometheus_client import CollectorRegistry

from hubbub.platform.db import Database
from hubbub.platform.outbox import LANES, OutboxMetrics, queries
from hubbub.platform.outbox.batches import Batches
from hubbub.platform.services import Services
from hubbub.worker import build_reactions, fold_pending_counts

MAX_ROUNDS = 50


async def settle(services: Services, *, only: Collection[str] | None = None) -> None:
    """Handle all events that are due, and those which these announce in turn, and fold what they counted.

    With `only`, those of these consumers.
    """
    reactions = build_reactions(services)
    metrics = OutboxMetrics(CollectorRegistry())
    batches = {
        name: Batches(services.db, reactions, consumer, metrics)
        for name, consumer in reactions.consumers.items()
    }
    async with services.db.connection() as tx:
        await queries.insert_lanes(tx, lanes=LANES, consumers=list(batches))
    for _ in range(MAX_ROUNDS):
        waiting = [(name, lane) for name, lane in await _lanes(services.db) if only is None or name in only]
        if not waiting:
            await fold_pending_counts(services.db, then=reactions.counts_handlers)
            return
        for consumer, lane in waiting:
            await batches[consumer].work(lane)
    raise AssertionError(f"still waiting: {waiting}")


async def _lanes(db: Database) -> list[tuple[str, int]]:
    async with db.connection() as tx:
        rows = await tx.fetch(
            "SELECT DISTINCT consumer, lane FROM outbox WHERE not_before <= clock_timestamp()"
        )
    return [(row["consumer"], row["lane"]) for row in rows]
