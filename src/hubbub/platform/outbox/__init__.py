"""The outbox: domain events in the caller's transaction, and the worker that hands them to reactors."""

from hubbub.platform.outbox.events import LANES, Event, aggregate_id, announce, lane_of, rows_of
from hubbub.platform.outbox.job_queries import Job
from hubbub.platform.outbox.letter_queries import Backlog, DeadLetter, KindBacklog
from hubbub.platform.outbox.letters import (
    Letters,
    discard_dead_letters,
    list_dead_letters,
    outbox_kinds,
    outbox_lag,
    replay_dead_letters,
)
from hubbub.platform.outbox.metrics import OutboxMetrics
from hubbub.platform.outbox.periodic import list_jobs
from hubbub.platform.outbox.queries import NewRows
from hubbub.platform.outbox.reactions import (
    CONSUMERS,
    Consumer,
    CountsHandler,
    Handler,
    Periodic,
    Reactions,
)
from hubbub.platform.outbox.wake import CHANNEL, Waker, woken
from hubbub.platform.outbox.watchdog import Watchdog
from hubbub.platform.outbox.worker import OutboxWorker

__all__ = [
    "CHANNEL",
    "CONSUMERS",
    "LANES",
    "Backlog",
    "Consumer",
    "CountsHandler",
    "DeadLetter",
    "Event",
    "Handler",
    "Job",
    "KindBacklog",
    "Letters",
    "NewRows",
    "OutboxMetrics",
    "OutboxWorker",
    "Periodic",
    "Reactions",
    "Waker",
    "Watchdog",
    "aggregate_id",
    "announce",
    "discard_dead_letters",
    "lane_of",
    "list_dead_letters",
    "list_jobs",
    "outbox_kinds",
    "outbox_lag",
    "replay_dead_letters",
    "rows_of",
    "woken",
]
