"""The data directory: who holds it, what lies in it, and how other commands find the running engines."""

import fcntl
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hubbub.platform.engines.errors import DataDirBusy, EngineError

LOG_BYTES_KEPT = 10 * 2**20


@dataclass(frozen=True, slots=True)
class RunningUrls:
    """Where the parts of a running `hubbub run` are. The first two hold passwords."""

    database_url: str
    valkey_url: str
    api_url: str
    metrics_url: str
    worker_metrics_url: str
    pid: int


class DataDir:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.run_file = self.path / "run.json"
        self._lock_file = self.path / "lock"
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make it, closed to others. As root its engines, which are not root, must pass into it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            (self.path / "logs").mkdir(exist_ok=True, mode=0o700)
            (self.path / "pids").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise EngineError(
                f"cannot use the data directory {self.path}: {error.strerror}. "
                "Set HUBBUB_DATA_DIR to a directory that you can write to."
            ) from None

    def lock(self) -> None:
        """Hold it until this process ends, or raise DataDirBusy. The kernel frees it after a crash too."""
        handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode().strip() or "unknown"
            os.close(handle)
            raise DataDirBusy(
                f"Hubbub is running already in {self.path} (pid {holder}). "
                "Stop it first, or set HUBBUB_DATA_DIR to another directory."
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def unlock(self) -> None:
        self.run_file.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_held(self) -> bool:
        try:
            handle = os.open(self._lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def pid_file(self, name: str) -> Path:
        return self.path / "pids" / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        """Where this part logs to; what is there already is put aside when it has grown large."""
        path = self.path / "logs" / f"{name}.log"
        with suppress(FileNotFoundError):
            if path.stat().st_size > LOG_BYTES_KEPT:
                path.replace(path.with_suffix(".log.1"))
        return path

    def secret(self, name: str) -> str:
        """A random secret that stays the same as long as the directory does."""
        path = self.path / name
        with suppress(FileNotFoundError):
            kept = path.read_text().strip()
            if kept:
                return kept
        made = secrets.token_hex(32)
        write_private(path, made + "\n")
        return made

    def publish(self, urls: RunningUrls) -> None:
        write_private(self.run_file, json.dumps(asdict(urls), indent=2) + "\n")


def running_urls(data_dir: Path) -> RunningUrls | None:
    """Where the engines of a running `hubbub run` are, or None when none runs in this directory."""
    directory = DataDir(data_dir)
    if not directory.is_held():
        return None
    try:
        return RunningUrls(**json.loads(directory.run_file.read_text()))
    except FileNotFoundError:
        return None


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def log_tail(path: Path, start_at: int) -> str:
    """What a part has logged since `start_at`, or the end of it."""
    with path.open("rb") as log:
        log.seek(start_at)
        return log.read()[-2000:].decode(errors="replace").strip()
