"""Runs in a new process and becomes the engine: own session, chosen user, and a signal when its parent dies.

Doing this in a process of its own rather than in a preexec_fn keeps it safe beside threads. Run as a plain
script by its path, so that it imports nothing of Hubbub and costs some 20 ms.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
# Changing the user takes none away, and access(2), which PostgreSQL asks about its programs, counts them.
SECBIT_NO_SETUID_FIXUP = 1 << 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    plan = json.loads(sys.argv[1])
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if plan["uid"] is not None:
        _become(libc, plan)
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, plan["death_signal"], 0, 0, 0)
        if os.getppid() != plan["parent"]:
            sys.exit("the parent is gone already")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program is ours


def _become(libc: ctypes.CDLL | None, plan: dict[str, int | None]) -> None:
    uid, gid, capability = plan["uid"], plan["gid"], plan["capability"]
    assert uid is not None  # noqa: S101 - for the type checker
    assert gid is not None  # noqa: S101
    if (
        libc is not None
        and capability is not None
        and libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) != 0
    ):
        sys.exit(f"cannot keep a capability: {os.strerror(ctypes.get_errno())}")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None and capability is not None:
        _keep_only(libc, capability)


def _keep_only(libc: ctypes.CDLL, capability: int) -> None:
    """Hold this one capability across exec, and no other."""
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    mask = 1 << capability
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable
    if (
        libc.capset(header, sets) != 0
        or libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0
    ):
        sys.exit(f"cannot keep capability {capability}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
