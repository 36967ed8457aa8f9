"""What the embedded engines have in common: how they are started, waited for and stopped."""

import signal
from abc import ABC, abstractmethod
from typing import ClassVar

from hubbub.platform.engines.data_dir import DataDir, log_tail
from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.ports import claim_port
from hubbub.platform.engines.process import Check, Child, Program, keep_going, start, stop_orphan, wait_until

# Between finding a free port and listening on it, another program may take it.
TRIES = 3


class Engine(ABC):
    name: ClassVar[str]
    port_setting: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    ready_seconds: ClassVar[float]
    stop_seconds: ClassVar[float]

    def __init__(self, data_dir: DataDir, port: int) -> None:
        self._data_dir = data_dir
        self._port = port
        self.child: Child | None = None

    def start(self, check: Check = keep_going) -> None:
        """Return when it answers. First ends what a crash has left behind. A port once taken is kept."""
        check()
        stop_orphan(self._data_dir.pid_file(self.name), self.stop_signal, self.stop_seconds)
        self._prepare()
        tries = TRIES if self._port == 0 else 1
        for left in reversed(range(tries)):
            port = claim_port(self._port, setting=self.port_setting)
            try:
                self._start_on(port, check)
            except EngineError:
                if not left:
                    raise
            else:
                self._port = port
                return

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(self.stop_seconds)

    def _start_on(self, port: int, check: Check) -> None:
        log = self._data_dir.log_file(self.name)
        program = self._program(port)
        with log.open("ab") as output:
            written = output.tell()
            pid_file = self._data_dir.pid_file(self.name)
            self.child = start(program, pid_file=pid_file, stdin=self._stdin(port), output=output)
        is_settled = wait_until(lambda: self._is_ready(port) or self._has_ended(), self.ready_seconds, check)
        if not is_settled or self._has_ended():
            self.stop()
            raise EngineError(
                f"{self.name} did not start; its log {log} ends with:\n{log_tail(log, written)}"
            )

    def _has_ended(self) -> bool:
        return self.child is None or self.child.exit_code() is not None

    @abstractmethod
    def _prepare(self) -> None:
        """Make what it needs on disk, the first time."""

    @abstractmethod
    def _program(self, port: int) -> Program: ...

    @abstractmethod
    def _is_ready(self, port: int) -> bool: ...

    def _stdin(self, port: int) -> bytes | None:
        return None
