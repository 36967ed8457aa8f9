"""All connections of a process: how many there may be, and who has used up their time."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from hubbub.errors import AppError
from hubbub.platform.server.limits import Limits, address_key
from hubbub.platform.server.refusals import ServerFull, TooManyConnections
from hubbub.platform.telemetry.metrics import counter, gauge

NEVER = float("inf")
STEPS = 20
PAUSE_SECONDS = 0.005

CONNECTIONS = gauge("hubbub_connections", "Open connections, WebSockets included.")
CUT = counter("hubbub_connections_cut_total", "Connections closed for a client's slowness.", ["reason"])
REFUSED = counter("hubbub_connections_refused_total", "Connections refused at once.", ["reason"])


class Guarded(Protocol):
    deadline: float

    @property
    def is_waiting(self) -> bool:
        """For a request, with nothing of one's own to lose."""
        ...

    def expire(self, deadline: float) -> None:
        """Called when `deadline` is over, perhaps a little later: it may no longer be the one in force."""
        ...

    def keep_pace(self, elapsed: float) -> None:
        """Called once for each sweep while a body arrives or a reply waits to be read."""
        ...


Step = tuple[Callable[[float], None], float]


class Guard:
    """No connection has a timer of its own: one sweep a second compares their deadlines with the clock."""

    def __init__(self, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self.limits = limits
        self.now = loop.time()
        self.open: set[Guarded] = set()
        self.paced: set[Guarded] = set()
        self.loop = loop
        self.is_stopping = False
        self.chores: Callable[[float], list[Step]] = _nothing
        """What else is due at a sweep."""
        self._later: list[Step] = []
        self._count = 0
        self._by_address: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = self.loop.call_later(self.limits.sweep_seconds, self._sweep)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def admit(self, host: str) -> AppError | None:
        """Count a new connection, until its `release`. Returns why it must go, if it must."""
        key = address_key(host)
        mine = self._by_address.get(key, 0) + 1
        self._by_address[key] = mine
        self._count += 1
        CONNECTIONS.set(self._count)
        if self._count > self.limits.max_connections:
            REFUSED.labels("full").inc()
            return ServerFull("connections")
        if mine > self.limits.max_connections_per_address and not self.limits.is_exempt(host):
            REFUSED.labels("address").inc()
            return TooManyConnections(headers={"Retry-After": "5"})
        return None

    def release(self, host: str) -> None:
        key = address_key(host)
        self._count -= 1
        CONNECTIONS.set(self._count)
        left = self._by_address.get(key, 0) - 1
        if left > 0:
            self._by_address[key] = left
        else:
            self._by_address.pop(key, None)

    def after(self, seconds: float) -> float:
        """A deadline. `now` is that of the last sweep, so one sweep is added: late rather than early."""
        return self.now + self.limits.sweep_seconds + seconds

    def _sweep(self) -> None:
        now = self.loop.time()
        elapsed, self.now = now - self.now, now
        # Near the limit those that only wait get a quarter of their time, so that others get in.
        is_crowded = self._count > 0.75 * self.limits.max_connections
        hurried = now + 0.75 * self.limits.head_seconds if is_crowded else now
        steps: list[Step] = [
            (connection.expire, connection.deadline)
            for connection in self.open
            if connection.deadline < (hurried if connection.is_waiting else now)
        ]
        steps += [(connection.keep_pace, elapsed) for connection in self.paced]
        steps += self.chores(now)
        self._timer = self.loop.call_later(self.limits.sweep_seconds, self._sweep)
        self._work_off(steps)

    def later(self, step: Step) -> None:
        """Soon, with others of its kind, a few at a time."""
        if not self._later:
            self.loop.call_soon(self._work_off_later)
        self._later.append(step)

    def _work_off_later(self) -> None:
        steps, self._later = self._later, []
        self._work_off(steps)

    def _work_off(self, steps: list[Step]) -> None:
        """A few at a time: a crowd that came together would hold up everyone else when it goes together."""
        for act, argument in steps[:STEPS]:
            act(argument)
        if len(steps) > STEPS:
            self.loop.call_later(PAUSE_SECONDS, self._work_off, steps[STEPS:])


def _nothing(_: float) -> list[Step]:
    return []
