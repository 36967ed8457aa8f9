"""Ends a process that has silently stopped working, so that its supervisor starts a new one."""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

STALLED_EXIT_CODE = 70


def _exit() -> None:
    faulthandler.dump_traceback(file=sys.stderr)
    os._exit(STALLED_EXIT_CODE)


class Watchdog:
    """A thread that holds the event loop to its promises of when it will be heard of again."""

    def __init__(self, *, on_stall: Callable[[], None] = _exit, every_seconds: float = 1.0) -> None:
        self._on_stall = on_stall
        self._every_seconds = every_seconds
        self._promises: dict[str, float] = {}
        self._is_over = threading.Event()

    def promise(self, name: str, *, within_seconds: float) -> None:
        self._promises[name] = time.monotonic() + within_seconds

    def keep(self, name: str) -> None:
        self._promises.pop(name, None)

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._is_over.set()

    def _watch(self) -> None:
        while not self._is_over.wait(self._every_seconds):
            now = time.monotonic()
            if any(due < now for due in list(self._promises.values())):
                self._on_stall()
                return
