"""A real server on uvloop in a thread of its own, and raw sockets to talk to it."""

import asyncio
import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import uvloop

from hubbub.platform.live import Frame, Listener, Outlet
from hubbub.platform.server import Limits, run_server
from hubbub.settings import ServerSettings

HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
QUICK = Limits(
    head_seconds=0.3,
    idle_seconds=0.3,
    grace_seconds=0.3,
    linger_seconds=0.2,
    sweep_seconds=0.05,
    drain_seconds=5.0,
)
# For tests that are not about time, on a machine that may be busy.
PATIENT = Limits(sweep_seconds=0.05)
DEADLINE = 10.0


class Guest:
    """Listens on one stream: says again what it hears, and does what some words ask for."""

    def __init__(self, app: "Echo", outlet: Outlet) -> None:
        self.outlet = outlet
        self.heard_count = 0
        self.codes: list[int] = []

    def heard(self, text: bytes) -> None:
        self.heard_count += 1
        if text == b"raise":
            raise ValueError("a secret of ours")
        if text.startswith(b"close "):
            self.outlet.close(int(text[6:10]), text[11:].decode())
        else:
            self.outlet.send(Frame(b"echo", msgspec.json.encode(text.decode())))

    def closed(self, code: int) -> None:
        self.codes.append(code)


class Echo:
    """Answers with what arrived, and remembers what it saw."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.disconnects = 0
        self.openings = 0
        self.openings_done = 0
        self.release = threading.Event()
        self.guests: list[Guest] = []
        self.remembers_guests = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] in ("/open", "/later"):
            self.openings += 1
            while scope["path"] == "/later" and not self.release.is_set():  # noqa: ASYNC110 - set elsewhere
                await asyncio.sleep(0.01)
            await self._open(scope, send)
            self.openings_done += 1
            return
        body = b""
        if scope["path"] != "/unread":
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.disconnects += 1
                    return
                body += message["body"]
                if not message["more_body"]:
                    break
        self.requests.append((scope["method"], scope["path"], body))
        await self._answer(scope, body, receive, send)

    async def _answer(self, scope: Any, body: bytes, receive: Any, send: Any) -> None:
        path = scope["path"]
        if path == "/slow":
            while not self.release.is_set():  # noqa: ASYNC110 - it is set from another thread
                await asyncio.sleep(0.01)
        if path == "/raise":
            raise ValueError("a secret of ours")
        if path == "/split":
            headers = [(b"x-evil", b"a\r\nset-cookie: b")]
        elif path == "/stream":
            await self._stream(receive, send)
            return
        elif path == "/chunked":
            headers = []
        else:
            body = b"x" * int(path[5:]) if path.startswith("/big/") else body or b"hello"
            headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await receive()
        self.disconnects += 1
        await send({"type": "http.response.body", "body": b""})

    async def _open(self, scope: Any, send: Any) -> None:
        is_socket = scope["type"] == "websocket"
        headers = [] if is_socket else [(b"content-type", b"text/event-stream; charset=utf-8")]
        status = 101 if is_socket else 200
        message = {"type": "hubbub.stream", "status": status, "headers": headers, "attach": self.attach}
        await send(message)

    def attach(self, outlet: Outlet) -> Listener:
        guest = Guest(self, outlet)
        if self.remembers_guests:
            self.guests.append(guest)
        return guest


class RunningServer:
    def __init__(self, app: Any, limits: Limits) -> None:
        self.app = app
        self.port = 0
        self._limits = limits
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(DEADLINE)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(_: str, port: int) -> None:
            self.port = port
            self._ready.set()

        await run_server(
            self.app, ServerSettings(port=0), limits=self._limits, on_ready=ready, stop=self._stop
        )

    def ask_to_stop(self) -> None:
        with suppress(RuntimeError):  # it has stopped already
            self._loop.call_soon_threadsafe(self._stop.set)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.ask_to_stop()
            self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What it returns when called in the server's thread."""
        return asyncio.run_coroutine_threadsafe(_called(function, arguments), self._loop).result(DEADLINE)

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE, (source, 0))

    def ask(self, *pieces: bytes) -> bytes:
        """Everything that comes back until the server closes; a request that keeps alive is not for this."""
        with self.connect() as client:
            for piece in pieces:
                client.sendall(piece)
            return read_all(client)

    def answer(self, *pieces: bytes) -> tuple[int, bytes]:
        """Status and body of one answer."""
        with self.connect() as client:
            for piece in pieces:
                client.sendall(piece)
            return read_answer(client)


async def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)


@contextmanager
def serving(app: Any | None = None, limits: Limits = QUICK, **changes: Any) -> Iterator[RunningServer]:
    server = RunningServer(app or Echo(), dataclasses.replace(limits, **changes))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def read_all(client: socket.socket) -> bytes:
    received = b""
    try:
        while piece := client.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def read_answer(client: socket.socket) -> tuple[int, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = client.recv(65536)
        if not piece:
            raise EOFError(received)
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:")
    while len(body) < length:
        body += client.recv(65536)
    return int(head[9:12]), body


def status_of(received: bytes | bytearray) -> int:
    """0 for a connection that closed without a word."""
    return int(received[9:12]) if received else 0


def wait_until(condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)
