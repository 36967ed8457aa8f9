"""The baseline as a running process."""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import redis

from benchmarks.tutorial.data import database_url
from benchmarks.tutorial.packages import Packages, TutorialUnavailable
from benchmarks.tutorial.target import TutorialTarget
from hubbub.platform.engines.launcher import launch_command

APP = Path(__file__).parent / "app" / "server.js"
NOTIFIER = APP.with_name("notifier.js")
LISTENING = "listening on "
VALKEY_DATABASE = 1
READY_SECONDS = 20.0
STOP_SECONDS = 10.0
NO_LIMIT = "1000000000"


@dataclass(frozen=True, slots=True)
class Engines:
    """The servers that Hubbub uses too. The baseline has a database of its own on each."""

    hubbub_database_url: str
    hubbub_valkey_url: str
    postgres_pid: int
    valkey_pid: int


@dataclass(frozen=True, slots=True)
class Style:
    """Choices that tutorials make in either way."""

    feed: Literal["query", "fanout"] = "query"
    """Asked of the database for each page, or a list for each user that authors push to one by one."""
    counts: Literal["subqueries", "counters"] = "subqueries"
    """Counted anew for each page, or kept in the row of the post and updated by each like.
    Going from one to the other wants `recount` first."""
    jwt_key: Literal["object", "text"] = "object"
    """How the secret of tokens is given to jsonwebtoken: `text` is usual, and costs each request more."""
    pool: int = 20

    @property
    def name(self) -> str:
        unusual = ", JWT secret as text" if self.jwt_key == "text" else ""
        return f"tutorial, {self.feed}, {self.counts}{unusual}"


@contextmanager
def running_tutorial(
    packages: Packages, engines: Engines, *, password: str, style: Style | None = None
) -> Iterator[TutorialTarget]:
    """One process, like one `hubbub serve`, with an empty cache; the database must be there.

    Raises TutorialUnavailable when it does not start.
    """
    style = style or Style()
    secret = secrets.token_hex(32)
    url = database_url(engines.hubbub_database_url)
    environment = packages.environment() | {
        "NODE_ENV": "production",
        "PORT": "0",
        "DATABASE_URL": url,
        "DATABASE_POOL": str(style.pool),
        "REDIS_URL": valkey_url(engines.hubbub_valkey_url),
        "JWT_SECRET": secret,
        "JWT_KEY": style.jwt_key,
        "RATE_LIMIT": NO_LIMIT,
        "FEED": style.feed,
        "COUNTS": style.counts,
    }
    with redis.Redis.from_url(environment["REDIS_URL"]) as valkey:
        valkey.flushdb()
    with tempfile.TemporaryFile("w+") as output:
        command = launch_command([packages.node, str(APP)])
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            port = _wait_until_ready(process, output.fileno())
            pids = {"node": process.pid, "postgres": engines.postgres_pid, "valkey": engines.valkey_pid}
            yield TutorialTarget(
                name=style.name,
                base_url=f"http://127.0.0.1:{port}",
                processes=pids,
                database_url=url,
                valkey_url=environment["REDIS_URL"],
                secret=secret,
                password=password,
            )
        finally:
            _stop(process)


def notifier_command(
    packages: Packages, target: TutorialTarget, *, frame_bytes: int = 0
) -> tuple[list[str], dict[str, str]]:
    """What makes notifications beside a running baseline (see app/notifier.js), and its environment."""
    environment = packages.environment() | {
        "NODE_ENV": "production",
        "DATABASE_URL": target.database_url,
        "REDIS_URL": target.valkey_url,
    }
    return launch_command([packages.node, str(NOTIFIER), str(frame_bytes)]), environment


def valkey_url(hubbub_url: str) -> str:
    return urlunsplit(urlsplit(hubbub_url)._replace(path=f"/{VALKEY_DATABASE}"))


def _wait_until_ready(process: "subprocess.Popen[bytes]", output: int) -> int:
    ends_at = time.monotonic() + READY_SECONDS
    while True:
        said = os.pread(output, 100_000, 0).decode(errors="replace")
        port = _port(said)
        if port is not None and _is_healthy(port):
            return port
        if process.poll() is not None or time.monotonic() > ends_at:
            raise TutorialUnavailable(f"the baseline did not start:\n{said[-2000:]}")
        time.sleep(0.05)


def _port(said: str) -> int | None:
    lines = said.splitlines(keepends=True)
    found = [line for line in lines if line.startswith(LISTENING) and line.endswith("\n")]
    return int(found[0].removeprefix(LISTENING)) if found else None


def _is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
