"""The command line that starts a program through launch.py."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class RunAs:
    """`capability`: kept by the engine only where its user cannot otherwise reach its own files."""

    uid: int
    gid: int
    name: str
    capability: int | None = None


def launch_command(
    command: Sequence[str], *, run_as: RunAs | None = None, death_signal: signal.Signals = signal.SIGTERM
) -> list[str]:
    """`death_signal` is what the program gets when this process dies (on Linux)."""
    plan = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "uid": run_as.uid if run_as else None,
        "gid": run_as.gid if run_as else None,
        "capability": run_as.capability if run_as else None,
    }
    return [sys.executable, "-I", "-S", str(SCRIPT), json.dumps(plan), *command]
