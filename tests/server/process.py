"""A server in a process of its own, whose memory and CPU time are nobody else's."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.websocket_client import open_on

ROOT = Path(__file__).parents[2]
PROGRAM = """
import resource
import sys

import uvloop

from hubbub.platform.server import Limits, calm_garbage_collection, run_server
from hubbub.settings import ServerSettings
from tests.server.support import Echo


def tell(host, port):
    calm_garbage_collection()
    print(port, flush=True)


app = Echo()
app.remembers_guests = False
limits = Limits(**eval(sys.argv[1]))
uvloop.run(run_server(app, ServerSettings(port=0), limits=limits, on_ready=tell))
print("stopped", flush=True)
"""


class ServerProcess:
    def __init__(self, **limits: object) -> None:
        path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, repr(limits)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    @property
    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10, (source, 0))

    def open_many(self, count: int) -> list[socket.socket]:
        clients = []
        for _ in range(count):
            client = self.connect()
            open_on(client)
            clients.append(client)
        return clients


@contextmanager
def server_process(**limits: object) -> Iterator[ServerProcess]:
    server = ServerProcess(**limits)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
        assert server.process.stdout is not None
        server.process.stdout.close()
