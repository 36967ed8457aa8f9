"""Keeps the parts of one machine running: starts them in order, restarts the dead, stops in reverse order."""

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from types import FrameType
from typing import Protocol

from hubbub.platform.engines.data_dir import DataDir
from hubbub.platform.engines.engine import Engine
from hubbub.platform.engines.errors import Cancelled, EngineError
from hubbub.platform.engines.process import Check, Child, Program, keep_going, start, stop_orphan

# A part that dies this often within the window has a fault that starting it again will not cure.
DEATHS_ALLOWED = 5
WINDOW_SECONDS = 60.0
BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 4.0)
ORPHAN_SECONDS = 5.0

# A terminal, make and a service manager may each pass on the one request of a person.
SAME_REQUEST_SECONDS = 0.5

Say = Callable[[str], None]


class Part(Protocol):
    """Something that runs as a child process. Starting it again keeps its address."""

    child: Child | None

    @property
    def name(self) -> str: ...

    def start(self, check: Check = keep_going) -> None: ...

    def stop(self) -> None: ...


class Service:
    """One of our own processes: `python -m hubbub …`. It drains on SIGTERM."""

    def __init__(
        self, name: str, data_dir: DataDir, command: Sequence[str], *, patience_seconds: float = 15.0
    ) -> None:
        self.name = name
        self.child: Child | None = None
        self.env: Mapping[str, str] = {}
        self._data_dir = data_dir
        self._command = command
        self._patience_seconds = patience_seconds

    def start(self, check: Check = keep_going) -> None:
        check()
        program = Program(self.name, self._command, signal.SIGTERM, self.env)
        self.child = start(program, pid_file=self._data_dir.pid_file(self.name))

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(self._patience_seconds)

    def stop_orphan(self) -> bool:
        """What an earlier run has left behind would hold the port, or do the work twice."""
        return stop_orphan(self._data_dir.pid_file(self.name), signal.SIGTERM, ORPHAN_SECONDS)


class Signals:
    """SIGINT, SIGTERM and SIGHUP ask to stop; the second of them forces it."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._asked_at = 0.0
        self.on_force: Callable[[], None] = lambda: None
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup has SIGHUP ignored, and it stays so.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)
        # Does nothing, but makes the kernel tell of it, which ends the wait below.
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)

    def wait(self, seconds: float | None) -> None:
        """Until a signal arrives, which a child's death is too."""
        if not self.is_stopping and select.select([self._read], [], [], seconds)[0]:
            os.read(self._read, 4096)

    def check(self) -> None:
        if self.is_stopping:
            raise Cancelled

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.is_stopping and now - self._asked_at > SAME_REQUEST_SECONDS:
            self.on_force()
            os._exit(128 + number)
        if not self.is_stopping:
            self.is_stopping, self._asked_at = True, now


class Supervisor:
    def __init__(self, signals: Signals, say: Say) -> None:
        self._signals = signals
        self._say = say
        self._parts: list[Part] = []
        self._deaths: dict[str, deque[float]] = {}
        self._due: dict[str, float] = {}
        signals.on_force = self._kill_all

    def start(self, part: Part) -> None:
        """Raises EngineError when it cannot be started, Cancelled when a signal came meanwhile."""
        self._parts.append(part)
        part.start(self._signals.check)

    def watch(self) -> None:
        """Return when asked to stop. Raises EngineError when a part cannot be kept running."""
        while not self._signals.is_stopping:
            self.tend()
            self._signals.wait(self._seconds_to_next_start())

    def tend(self) -> None:
        """Notice deaths, and start again what is due."""
        for part in self._parts:
            code = part.child.exit_code() if part.child else None
            if code is not None and part.name not in self._due:
                self._bury(part, describe_exit(code))
        for part in self._startable():
            if self._due.get(part.name, inf) <= time.monotonic():
                self._start_again(part)

    def _startable(self) -> Iterator[Part]:
        """Parts in order, up to an engine that is down: what needs it would only die again."""
        for part in self._parts:
            yield part
            if part.name in self._due and isinstance(part, Engine):
                return

    def stop(self) -> None:
        """In reverse order, each until it has ended: requests drain while what they need still runs."""
        for part in reversed(self._parts):
            part.stop()

    def _start_again(self, part: Part) -> None:
        del self._due[part.name]
        try:
            part.start(self._signals.check)
        except EngineError as error:
            self._bury(part, str(error))

    def _bury(self, part: Part, reason: str) -> None:
        now = time.monotonic()
        deaths = self._deaths.setdefault(part.name, deque())
        deaths.append(now)
        while deaths[0] < now - WINDOW_SECONDS:
            deaths.popleft()
        if len(deaths) > DEATHS_ALLOWED:
            raise EngineError(
                f"{part.name} ended {len(deaths)} times within {WINDOW_SECONDS:.0f} seconds, "
                f"the last time: {reason}. See what it wrote above, or the logs in the data directory."
            )
        wait = BACKOFF_SECONDS[len(deaths) - 1]
        self._due[part.name] = now + wait
        self._say(f"{part.name} has ended ({reason}); starting it again in {wait:g} s")

    def _seconds_to_next_start(self) -> float | None:
        dues = [self._due[part.name] for part in self._startable() if part.name in self._due]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _kill_all(self) -> None:
        for part in self._parts:
            if part.child is not None:
                part.child.kill_group()


def describe_exit(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
