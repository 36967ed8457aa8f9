"""What a process takes of the machine."""

import os
from collections.abc import Mapping
from pathlib import Path

from benchmarks.processes import Ended, tree_cpu_seconds

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in use; what the kernel keeps for its sockets does not count."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        raise Ended(f"process {pid}, which is measured, has ended") from None


class Spent:
    """CPU that processes use from now on."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = {role: tree_cpu_seconds(pid) for role, pid in self._pids.items()}

    def seconds(self) -> dict[str, float]:
        return {role: tree_cpu_seconds(pid) - self._before[role] for role, pid in self._pids.items()}
