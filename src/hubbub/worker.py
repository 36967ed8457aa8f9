"""Composition root of the worker process: which slices react, and what is done every so often."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hubbub import slices
from hubbub.app import open_services
from hubbub.platform.counters import fold_counts, select_unfolded
from hubbub.platform.db import Database, Tx
from hubbub.platform.idempotency import purge_expired_keys
from hubbub.platform.outbox import (
    CHANNEL,
    CountsHandler,
    OutboxMetrics,
    OutboxWorker,
    Periodic,
    Reactions,
    woken,
)
from hubbub.platform.services import Services
from hubbub.platform.telemetry.metrics import REGISTRY
from hubbub.settings import Settings

# Handlers have batches to work through, where a request has one thing to do.
DEADLINE_SECONDS = 10.0
# For the same reason; a push that is given up too early is all done again.
VALKEY_DEADLINE_SECONDS = 2.0
CONNECTIONS = 20
# After SIGTERM, for the batches in hand; what is not done by then is rolled back and taken up by another.
STOP_SECONDS = 20.0
FOLD_BATCH = 500


async def run_worker(settings: Settings) -> None:
    """Handle events until SIGTERM or SIGINT, then finish the batches in hand. The engines may come and go."""
    database = replace(settings.database, pool_size=CONNECTIONS, deadline_seconds=DEADLINE_SECONDS)
    valkey = replace(
        settings.valkey, deadline_seconds=max(settings.valkey.deadline_seconds, VALKEY_DEADLINE_SECONDS)
    )
    settings = replace(settings, database=database, valkey=valkey)
    async with open_services(settings) as services:
        worker = OutboxWorker(services.db, build_reactions(services), metrics=OutboxMetrics(REGISTRY))
        await services.valkey.subscribe(
            CHANNEL, lambda message: worker.wake(woken(message)), on_gap=worker.wake
        )
        await _run_until_signalled(worker)


def build_reactions(services: Services) -> Reactions:
    reactions = Reactions()
    for register in slices.REACTORS:
        register(reactions, services)
    reactions.every(
        Periodic("fold counts", 1.0, partial(fold_pending_counts, then=reactions.counts_handlers))
    )
    reactions.every(Periodic("purge idempotency keys", 600.0, purge_expired_keys))
    return reactions


async def fold_pending_counts(db: Database, *, then: Sequence[CountsHandler] = ()) -> None:
    """Fold in short transactions, so that few rows are ever added up by a reader."""

    async def fold(tx: Tx, subject_ids: Sequence[int]) -> None:
        await fold_counts(tx, subject_ids)
        for handler in then:
            await handler(tx, subject_ids)

    while True:
        async with db.connection() as tx:
            subjects = await select_unfolded(tx, limit=FOLD_BATCH)
        if subjects:
            await db.write(partial(fold, subject_ids=subjects))
        if len(subjects) < FOLD_BATCH:
            return


async def _run_until_signalled(worker: OutboxWorker) -> None:
    loop = asyncio.get_running_loop()
    running = loop.create_task(worker.run())
    is_signalled = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, is_signalled.set)
    signalled = loop.create_task(is_signalled.wait())
    try:
        await asyncio.wait({running, signalled}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        await asyncio.wait({running}, timeout=STOP_SECONDS)
    finally:
        signalled.cancel()
        if not running.done():
            running.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    if running.done() and not running.cancelled():
        running.result()
