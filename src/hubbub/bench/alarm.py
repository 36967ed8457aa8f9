"""Wakes the event loop within tens of microseconds, where its own timers are a millisecond wide."""

import asyncio
import ctypes
import os
from collections.abc import Callable

CLOCK_MONOTONIC = 1
NONBLOCK_CLOEXEC = 0o2004000
SHORTEST_SECONDS = 50e-6


class _Spec(ctypes.Structure):
    """struct itimerspec: no interval, and when."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


class Alarm:
    """Calls `ring` after a while; set it again for the next time. Uses timerfd where there is one (Linux)."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = -1
        if hasattr(self._libc, "timerfd_create"):
            self._file = self._libc.timerfd_create(CLOCK_MONOTONIC, NONBLOCK_CLOEXEC)
        if self._file >= 0:
            self._loop.add_reader(self._file, self._wake)

    def set(self, seconds: float) -> None:
        seconds = max(seconds, SHORTEST_SECONDS)
        if self._file < 0:
            self._handle = self._loop.call_later(seconds, self._ring)
            return
        whole = int(seconds)
        spec = _Spec(0, 0, whole, int((seconds - whole) * 1e9))
        self._libc.timerfd_settime(self._file, 0, ctypes.byref(spec), None)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = -1

    def _wake(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return
        self._ring()
