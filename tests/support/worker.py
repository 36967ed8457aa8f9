"""The worker's part, run to its end and without a loop in the background."""

import asyncio

from prometheus_client import CollectorRegistry

from hubbub.platform.outbox import LANES, OutboxMetrics
from hubbub.platform.outbox.batches import Batches
from hubbub.platform.outbox.queries import insert_lanes
from hubbub.worker import build_reactions
from tests.support.world import World


async def settle(world: World, *, seconds: float = 20.0) -> None:
    """Handle events, and those that they lead to, until none is left. Raises TimeoutError."""
    reactions = build_reactions(world.services)
    metrics = OutboxMetrics(CollectorRegistry())
    batches = {
        name: Batches(world.db, reactions, consumer, metrics)
        for name, consumer in reactions.consumers.items()
    }
    async with world.db.connection() as tx:
        await insert_lanes(tx, lanes=LANES, consumers=list(batches))
    async with asyncio.timeout(seconds):
        while due := await world.rows("SELECT DISTINCT lane, consumer FROM outbox"):
            for row in due:
                await batches[row["consumer"]].work(row["lane"])
