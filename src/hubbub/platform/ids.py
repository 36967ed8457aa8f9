"""Snowflake ids: 64 bits that sort by time, made in the app, shown as strings."""

import os
import threading
import time
from datetime import UTC, datetime

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z; 41 bits of milliseconds last until 2094
WORKER_BITS = 10
SEQUENCE_BITS = 12
WORKERS = 1 << WORKER_BITS
MAX_ID = 2**63 - 1
MAX_SEQUENCE = 2**SEQUENCE_BITS - 1


class IdMaker:
    """Makes ids that rise strictly within the process, even when the clock steps back.

    Two processes differ by their worker number (0 to 1023). When more than 4,096 ids fall into one
    millisecond the next millisecond is borrowed rather than waited for.
    """

    def __init__(self, worker: int) -> None:
        self._last_ms = 0
        self._sequence = 0
        self._lock = threading.Lock()
        self.use_worker(worker)

    def use_worker(self, worker: int) -> None:
        if not 0 <= worker < WORKERS:
            raise ValueError(f"worker must be 0 to {WORKERS - 1}, not {worker}")
        with self._lock:
            self._worker = worker << SEQUENCE_BITS
            self._last_ms += 1  # so that ids go on rising when the new number is the lower one

    def __call__(self) -> int:
        with self._lock:
            now_ms = time.time_ns() // 1_000_000 - EPOCH_MS
            if now_ms > self._last_ms:
                self._last_ms, self._sequence = now_ms, 0
            elif self._sequence < MAX_SEQUENCE:
                self._sequence += 1
            else:
                self._last_ms, self._sequence = self._last_ms + 1, 0
            return self._last_ms << (WORKER_BITS + SEQUENCE_BITS) | self._worker | self._sequence


def id_time(id_: int) -> datetime:
    """When the id was made, to the millisecond, in UTC."""
    return datetime.fromtimestamp(((id_ >> (WORKER_BITS + SEQUENCE_BITS)) + EPOCH_MS) / 1000, UTC)


def first_id_at(moment: datetime) -> int:
    """The smallest id that could be made at this moment; a bound for keyset queries by time."""
    ms = int(moment.timestamp() * 1000) - EPOCH_MS
    return max(ms, 0) << (WORKER_BITS + SEQUENCE_BITS)


def _default_worker() -> int:
    # 1,024 numbers cannot be claimed without coordination; a random one per process makes a clash
    # need the same number, the same millisecond and the same sequence, and the primary key then refuses it.
    return int.from_bytes(os.urandom(2), "big") >> (16 - WORKER_BITS)


new_id = IdMaker(_default_worker())


def use_worker_number(number: int) -> None:
    """From now on `new_id` makes ids of this number, which no other process may have."""
    new_id.use_worker(number)
