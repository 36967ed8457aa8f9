"""The access log: one line per request, without paths, queries, addresses or bodies.

Lines are collected and written a few times a second: formatting and writing each on its own would cost
a request more than the rest of the front does.
"""

import asyncio
import sys
import time
from typing import TextIO

from hubbub.platform.telemetry.logs import is_text, rfc3339
from hubbub.settings import ServerSettings

Request = tuple[str, str, str]

FLUSH_SECONDS = 0.25
MAX_LINES = 2000


class AccessLog:
    def __init__(self, settings: ServerSettings, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_text = is_text(settings, self._stream)
        self._lines: list[tuple[float, Request, int, float, int, object]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._second = -1
        self._prefix = ""

    def add(
        self,
        request: Request,
        status: int,
        seconds: float,
        size: int,
        account_id: object,
    ) -> None:
        """`request` is method, route template and request id."""
        self._lines.append((time.time(), request, status, seconds, size, account_id))
        if len(self._lines) >= MAX_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            show = self._text if self._is_text else self._json
            self._stream.write("".join([show(*line) for line in lines]))
            self._stream.flush()

    # Every part is a number, a word of ours or an id of a strict alphabet, so nothing needs escaping.

    def _json(
        self, at: float, request: Request, status: int, seconds: float, size: int, account: object
    ) -> str:
        method, route, request_id = request
        who = "" if account is None else f',"account_id":"{account}"'
        return (
            f'{{"time":"{self._stamp(at)}","level":"info","logger":"hubbub.access","event":"request",'
            f'"method":"{method}","route":"{route}","status":{status},"ms":{seconds * 1000:.2f},'
            f'"bytes":{size},"request_id":"{request_id}"{who}}}\n'
        )

    def _text(
        self, at: float, request: Request, status: int, seconds: float, size: int, account: object
    ) -> str:
        method, route, request_id = request
        who = "" if account is None else f" account_id={account}"
        return (
            f"{self._stamp(at)} info    {method} {route} {status} {seconds * 1000:.2f} ms {size} B "
            f"request_id={request_id}{who}\n"
        )

    def _stamp(self, at: float) -> str:
        second = int(at)
        if second != self._second:
            self._second, self._prefix = second, rfc3339(second)[:20]
        return f"{self._prefix}{int((at - second) * 1000):03d}Z"
