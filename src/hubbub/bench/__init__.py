"""Load for a running system, over HTTP alone: schedules, latencies that hide nothing, and what they say."""

from hubbub.bench.exchange import Answer, Client, Refused
from hubbub.bench.generator import run_closed, run_open
from hubbub.bench.histogram import Histogram
from hubbub.bench.hubbub_api import HubbubApi
from hubbub.bench.mix import Ground, Mix, Shot, encode, header
from hubbub.bench.outcome import Outcome, VoidRun
from hubbub.bench.pool import Pool, Unreachable
from hubbub.bench.schedule import Arrivals, due_times
from hubbub.bench.search import P99_SECONDS, Sustained, find_sustained
from hubbub.bench.target import OPERATIONS, Api, Call, Person
from hubbub.bench.websocket import Ended, Receiver, Upgrade, WebSocket, by_token, connect
from hubbub.bench.workloads import WORKLOADS, Workload

__all__ = [
    "OPERATIONS",
    "P99_SECONDS",
    "WORKLOADS",
    "Answer",
    "Api",
    "Arrivals",
    "Call",
    "Client",
    "Ended",
    "Ground",
    "Histogram",
    "HubbubApi",
    "Mix",
    "Outcome",
    "Person",
    "Pool",
    "Receiver",
    "Refused",
    "Shot",
    "Sustained",
    "Unreachable",
    "Upgrade",
    "VoidRun",
    "WebSocket",
    "Workload",
    "by_token",
    "connect",
    "due_times",
    "encode",
    "find_sustained",
    "header",
    "run_closed",
    "run_open",
]
