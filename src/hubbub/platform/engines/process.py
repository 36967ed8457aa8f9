"""Child processes that are recognised again after a crash: a pid alone may have passed to another program."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.launcher import RunAs, launch_command

POLL_SECONDS = 0.01

# Called again and again while a part starts; raises Cancelled when that is to be given up.
Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `stop_signal` asks it to end; on Linux the kernel sends it when the supervisor dies."""

    name: str
    command: Sequence[str]
    stop_signal: signal.Signals
    env: Mapping[str, str]
    cwd: Path | None = None
    run_as: RunAs | None = None


class Child:
    """A running program, leader of its own process group, known by its pid file."""

    def __init__(self, program: Program, popen: "subprocess.Popen[bytes]", pid_file: Path) -> None:
        self.program = program
        self.pid = popen.pid
        self._popen = popen
        self._pid_file = pid_file

    def exit_code(self) -> int | None:
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self._popen.send_signal(self.program.stop_signal)

    def kill_group(self) -> None:
        """With all that it started. Does not wait, so that it may be called from a signal handler."""
        if self._popen.returncode is None:
            _kill_group(self.pid)

    def stop(self, patience_seconds: float) -> None:
        """Ask, wait, then kill."""
        self.ask_to_stop()
        try:
            self._popen.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill_group()
            self._popen.wait()
        self._pid_file.unlink(missing_ok=True)


def start(
    program: Program, *, pid_file: Path, stdin: bytes | None = None, output: IO[bytes] | int | None = None
) -> Child:
    popen = subprocess.Popen(
        launch_command(program.command, run_as=program.run_as, death_signal=program.stop_signal),
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(program.env),
        cwd=program.cwd,
        start_new_session=True,
    )
    pid_file.parent.mkdir(mode=0o700, exist_ok=True)
    pid_file.write_text(f"{popen.pid} {process_identity(popen.pid) or '-'}\n")
    if stdin is not None and popen.stdin is not None:
        with popen.stdin as pipe:
            pipe.write(stdin)
    return Child(program, popen, pid_file)


def process_identity(pid: int) -> str | None:
    """What tells this process from a later one of the same pid; None when it is not running."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        state, *rest = stat.rpartition(")")[2].split()
        return None if state in "ZX" else f"{boot}/{rest[18]}"
    shown = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    return None if not shown or shown[0].startswith("Z") else "_".join(shown[1:])


def running_orphan(pid_file: Path) -> int | None:
    """The pid in this file, when that very process is still running."""
    try:
        pid, _, identity = pid_file.read_text().strip().partition(" ")
        return int(pid) if identity and process_identity(int(pid)) == identity else None
    except (OSError, ValueError):
        return None


def stop_orphan(pid_file: Path, stop_signal: signal.Signals, patience_seconds: float) -> bool:
    """End what an earlier run left behind, politely first. True when there was something."""
    pid = running_orphan(pid_file)
    if pid is not None:
        _send(pid, stop_signal)
        if not wait_until(lambda: running_orphan(pid_file) is None, patience_seconds):
            _kill_group(pid)
            wait_until(lambda: running_orphan(pid_file) is None, 5)
    pid_file.unlink(missing_ok=True)
    return pid is not None


def keep_going() -> None:
    """The check of a start that nothing cancels."""


def wait_until(is_true: Callable[[], bool], seconds: float, check: Check = keep_going) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true():
        check()
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _send(pid: int, stop_signal: signal.Signals) -> None:
    try:
        os.kill(pid, stop_signal)
    except ProcessLookupError:
        return
    except PermissionError:
        raise EngineError(f"process {pid} of an earlier run belongs to another user; stop it first") from None


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
