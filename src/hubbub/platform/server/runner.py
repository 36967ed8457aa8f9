"""Serving an application: listen, accept, stop without cutting anyone off."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from hubbub.platform.server.connection import Connection
from hubbub.platform.server.guard import Guard
from hubbub.platform.server.limits import Limits
from hubbub.platform.server.sockets import BACKLOG, bind
from hubbub.platform.server.streams import Streams
from hubbub.settings import ServerSettings

CANCEL_SECONDS = 1.0


class _Server(uvicorn.Server):
    """Takes signals from the event loop, so that the caller goes on after a stop and sets the exit code."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        try:
            for number in signals:
                loop.add_signal_handler(number, self._stop, number)
        except (RuntimeError, ValueError):  # not in the main thread: the caller stops it by its event
            yield
            return
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _stop(self, number: int) -> None:
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


async def run_server(
    app: Any,
    settings: ServerSettings,
    *,
    listener: socket.socket | None = None,
    limits: Limits | None = None,
    on_ready: Callable[[str, int], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`, then finish what is in flight (10 s at most) and return.

    `listener` is a socket from `bind`, for a caller that wants to know of a port in use before it starts
    anything else. `on_ready` is told host and port once connections are accepted. Raises CannotListen.
    """
    limits = limits or Limits.of(settings)
    listener = listener or bind(settings.host, settings.port)
    guard = Guard(limits, asyncio.get_running_loop())
    streams = Streams(guard)
    server = _Server(_config(app, partial(Connection, guard=guard, streams=streams), limits))
    streams.connections = server.server_state.connections
    guard.start()
    watcher = asyncio.create_task(_watch(server, stop, partial(_tell, on_ready, listener)))
    try:
        await server.serve(sockets=[listener])
        await _leave_nothing_open(server)
    finally:
        watcher.cancel()
        guard.stop()
        listener.close()


def _config(app: Any, protocol: Callable[..., asyncio.Protocol], limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=max(1, round(limits.drain_seconds)),
    )


async def _leave_nothing_open(server: _Server) -> None:
    """After the drain: cancelled requests get their 503 out, then what is still connected is cut."""
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=CANCEL_SECONDS)
    for connection in tuple(server.server_state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)  # so that their connection_lost is called


def _tell(on_ready: Callable[[str, int], None] | None, listener: socket.socket) -> None:
    if on_ready is not None:
        host, port = listener.getsockname()[:2]
        on_ready(host, port)


async def _watch(server: _Server, stop: asyncio.Event | None, on_started: Callable[[], None]) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    on_started()
    if stop is not None:
        await stop.wait()
        server.should_exit = True
