"""Argon2id in threads of its own: a bounded number at once, a bounded wait, and never on the event loop."""

import asyncio
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from hubbub.identity.errors import Busy

T = TypeVar("T")

# OWASP's second choice: about 25 ms of one core. The library's own default costs 196 ms.
TIME_COST = 2
MEMORY_KIB = 19 * 1024
PARALLELISM = 1
WAIT_SECONDS = 0.2
WAITING_PER_THREAD = 16
# How far hashing stands back, where the system lets threads differ: the event loop, and the engines on the
# same machine, are served first, and hashing takes all that is left.
NICENESS = 15


class PasswordHashing:
    """`hashes` counts every computation, for metrics and for tests of who reaches the hash."""

    def __init__(self, threads: int) -> None:
        threads = max(threads, 1)
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2", initializer=_yield_to_others)
        self._free = asyncio.Semaphore(threads)
        self._waiting = 0
        self._max_waiting = threads * WAITING_PER_THREAD
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        self.hashes = 0

    async def hash(self, password: str) -> str:
        """The encoded hash, with its salt and parameters. Raises Busy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether the password fits; False, after the same work, where there is none. Raises Busy."""
        is_right = await self._run(lambda: self._verify(password, encoded or self._nobodys))
        return is_right and encoded is not None

    def is_outdated(self, encoded: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, encoded: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._max_waiting:
            raise Busy("hash queue is full")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Busy("hash queue is slow") from None
        finally:
            self._waiting -= 1
        self.hashes += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # A caller that goes away leaves its thread busy, so the place is free when the thread is.
        future.add_done_callback(lambda _: self._free.release())
        return await asyncio.shield(future)


def _yield_to_others() -> None:
    """On Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
