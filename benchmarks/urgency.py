"""Lets the generator go first on a machine that it shares with what it measures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_holders = 0


@contextmanager
def urgent() -> Iterator[None]:
    """Where that is allowed (root), nothing else delays this thread; as if the load came from elsewhere.

    What it takes is counted all the same. Programs started meanwhile are not urgent.
    """
    global _holders
    _holders += 1
    if _holders == 1:
        _schedule(os.SCHED_RR | os.SCHED_RESET_ON_FORK, 1)
    try:
        yield
    finally:
        _holders -= 1
        if not _holders:
            _schedule(os.SCHED_OTHER, 0)


def is_allowed() -> bool:
    with urgent():
        return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR


def _schedule(policy: int, priority: int) -> None:
    try:
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except PermissionError:
        return
