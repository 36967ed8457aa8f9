"""Which operating-system user the engines run as. PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.launcher import RunAs, launch_command

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def unprivileged_user(owned: Path) -> RunAs | None:
    """None for an ordinary user; for root the owner of `owned`, else `postgres`, `nobody` or any other."""
    if os.geteuid() != 0:
        return None
    if owned.exists() and owned.stat().st_uid != 0:
        info = owned.stat()
        return RunAs(info.st_uid, info.st_gid, str(info.st_uid))
    users = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    user = users.get("postgres") or users.get("nobody") or next(iter(users.values()), None)
    if user is None:
        raise EngineError(
            "PostgreSQL refuses to run as root, and this system has no other user. "
            "Start Hubbub as an ordinary user, or set HUBBUB_DATABASE_URL to a server that runs already."
        )
    return RunAs(user.pw_uid, user.pw_gid, user.pw_name)


def reaching(run_as: RunAs | None, program: Path, directory: Path) -> RunAs | None:
    """`run_as`, with the least capability that lets it run `program` and use `directory`.

    A checkout below root's home (mode 0700) is closed to every other user; on Linux the engine may
    then keep the one right to pass through, rather than anybody's modes being changed.
    """
    if run_as is None or _can_use(run_as, program, directory):
        return run_as
    for capability in _held_capabilities():
        capable = replace(run_as, capability=capability)
        if _can_use(capable, program, directory):
            return capable
    raise EngineError(
        f"under root the engines run as the user {run_as.name} (PostgreSQL refuses root), which cannot "
        f"reach {directory} or {program}. Set HUBBUB_DATA_DIR to a directory that other users can pass "
        "into and install Hubbub in such a place, or start it as an ordinary user, or set "
        "HUBBUB_DATABASE_URL and HUBBUB_VALKEY_URL to servers that run already."
    )


def _can_use(run_as: RunAs, program: Path, directory: Path) -> bool:
    test = 'cd "$1" && [ -w . ] && exec "$2" --version'
    command = launch_command(["/bin/sh", "-c", test, "sh", str(directory), str(program)], run_as=run_as)
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0


def _held_capabilities() -> list[int]:
    if sys.platform != "linux":
        return []
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            held = int(line.split()[1], 16)
            return [c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if held >> c & 1]
    return []
