"""One server: the auto-pipeline, the reconnects, and the circuit that makes a dead server cost nothing."""

import asyncio
import logging
import random
from typing import Any

import hiredis

from hubbub.platform.valkey.dial import Address, dial, pack
from hubbub.platform.valkey.errors import ValkeyRefused, ValkeyUnavailable
from hubbub.platform.valkey.link import Link

FAILURES_TO_OPEN = 5
GREETING_SECONDS = 0.5
PROBE_FIRST_SECONDS = 0.05
# Together with the time to dial, less than the two seconds after which a healed server must be in use.
PROBE_LAST_SECONDS = 0.5

log = logging.getLogger(__name__)


class Node:
    """Calls made in the same turn of the event loop leave in one write."""

    def __init__(self, address: Address, *, deadline_seconds: float) -> None:
        self.address = address
        self.round_trips = 0
        self._deadline_seconds = deadline_seconds
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._packed: list[bytes] = []
        self._futures: list[asyncio.Future[Any]] = []
        self._is_flush_due = False
        self._waiting_timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._is_open = False
        self._is_closed = False

    @property
    def is_available(self) -> bool:
        return not (self._is_open or self._is_closed)

    def call(self, packed: bytes) -> "asyncio.Future[Any]":
        """The reply, errors of the server included as values. Raises ValkeyUnavailable at once, or later."""
        if self._is_open or self._is_closed:
            raise ValkeyUnavailable(f"{self.address} is not answering")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._packed.append(packed)
        self._futures.append(future)
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush)
        return future

    async def connect(self) -> None:
        """Raise ValkeyUnavailable when the server is not there, ValkeyRefused when it does not let us in."""
        self._adopt(await self._new_link(GREETING_SECONDS))

    def drop(self, reason: str) -> None:
        """Dial anew before the next call."""
        if self._link is not None:
            self._link.drop(reason)

    def open_circuit(self) -> None:
        """Refuse every call until a probe finds the server answering again."""
        if self._is_open or self._is_closed:
            return
        self._is_open = True
        log.warning("valkey %r is not answering; going on without it", self.address)
        self._fail_waiting("circuit open")
        self._start(self._probe_until_healed())

    async def close(self) -> None:
        self._is_closed = True
        self._fail_waiting("closed")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._link is not None:
            self._link.drop("closed")
            await asyncio.sleep(0)

    # asked by the link

    def link_answered(self, link: Link) -> None:
        """A greeting is no sign of health: a server may answer it and still be too slow for every call."""
        if link is self._link:
            self._failures = 0

    def link_lost(self, link: Link, *, unanswered_batches: int) -> None:
        if self._link is not link:
            return
        self._link = None
        if unanswered_batches:
            self._failed(unanswered_batches)

    # the pipeline

    def _flush(self) -> None:
        self._is_flush_due = False
        if not self._futures:
            return
        if self._link is None or not self._link.is_usable:
            self._wait_for_link()
            return
        packed, self._packed = self._packed, []
        futures, self._futures = self._futures, []
        self.round_trips += 1
        deadline = self._loop.time() + self._deadline_seconds
        if self._waiting_timer is not None:
            # They waited for the connection; a fresh one is not thrown away for the time that dialling took.
            deadline = max(self._waiting_timer.when(), deadline - self._deadline_seconds / 2)
            self._stop_waiting()
        self._link.send(packed, futures, deadline=deadline)

    def _wait_for_link(self) -> None:
        if self._waiting_timer is None:
            self._waiting_timer = self._loop.call_later(self._deadline_seconds, self._give_up_waiting)
        if self._task is None:
            self._start(self._dial())

    def _give_up_waiting(self) -> None:
        self._waiting_timer = None
        if self._futures:
            self._fail_waiting("not connected in time")
            self._failed(1)

    def _stop_waiting(self) -> None:
        if self._waiting_timer is not None:
            self._waiting_timer.cancel()
            self._waiting_timer = None

    def _fail_waiting(self, reason: str) -> None:
        self._stop_waiting()
        futures, self._futures, self._packed = self._futures, [], []
        for future in futures:
            if not future.done():
                future.set_exception(ValkeyUnavailable(f"{self.address}: {reason}"))

    def _failed(self, count: int) -> None:
        self._failures += count
        if self._failures >= FAILURES_TO_OPEN:
            self.open_circuit()

    # connecting

    def _start(self, work: Any) -> None:
        previous, self._task = self._task, None
        if previous is not None:
            previous.cancel()
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._task = task
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("valkey %r: connecting ended badly", self.address, exc_info=error)

    def _adopt(self, link: Link) -> None:
        if self._link is not None:
            self._link.drop("replaced")
        self._link = link

    async def _dial(self) -> None:
        try:
            await self.connect()
        except (ValkeyUnavailable, ValkeyRefused) as error:
            self._fail_waiting(str(error))
            self._failed(1)
            return
        self._flush()

    async def _probe_until_healed(self) -> None:
        delay = PROBE_FIRST_SECONDS
        while True:
            await asyncio.sleep(delay * random.uniform(0.8, 1))  # noqa: S311 - jitter
            try:
                link = await self._new_link(self._deadline_seconds)
            except (ValkeyUnavailable, ValkeyRefused):
                delay = min(delay * 2, PROBE_LAST_SECONDS)
            else:
                self._adopt(link)
                self._failures = 0
                self._is_open = False
                log.warning("valkey %r answers again", self.address)
                return

    async def _new_link(self, greeting_seconds: float) -> Link:
        """A link that has answered: a stopped server accepts connections too."""
        try:
            link = await dial(self.address, lambda: Link(self))
        except OSError as error:
            raise ValkeyUnavailable(f"{self.address!r}: {type(error).__name__}: {error}") from error
        commands = (*self.address.greeting, ("PING",))
        futures = [self._loop.create_future() for _ in commands]
        deadline = self._loop.time() + greeting_seconds
        link.send([pack(command) for command in commands], futures, deadline=deadline)
        try:
            replies = await asyncio.gather(*futures)
        except BaseException:
            link.drop("no greeting")
            raise
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                link.drop("not let in")
                raise _refusal(self.address, str(reply))
        return link


def _refusal(address: Address, message: str) -> Exception:
    if message.startswith(("LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY")):
        return ValkeyUnavailable(f"{address!r}: {message}")
    return ValkeyRefused(f"{address!r}: {message}")
