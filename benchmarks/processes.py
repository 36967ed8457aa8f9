"""A throwaway Hubbub and bare servers beside it: real processes, and the CPU time that each has used."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hubbub.cli.run import is_live
from hubbub.platform.engines import RunningUrls, running_urls

ROLES = ("serve", "work", "postgres", "valkey")
READY_SECONDS = 90
MOST_CONNECTIONS = 20_000
STOP_SECONDS = 45
TOLD_CHARACTERS = 4_000
TICKS = os.sysconf("SC_CLK_TCK")

Cpu = dict[str, float]
"""Seconds of CPU that each role has used since it started."""


class Ended(Exception):
    """What was to be measured is not there any more."""


@dataclass(frozen=True, slots=True)
class Hubbub:
    data_dir: Path
    urls: RunningUrls
    access_ttl_seconds: ClassVar[int] = 86_400

    @property
    def pids(self) -> dict[str, int]:
        """As of now: parts that die are started anew."""
        return {role: int((self.data_dir / "pids" / f"{role}.pid").read_text().split()[0]) for role in ROLES}

    @property
    def port(self) -> int:
        return int(self.urls.api_url.rpartition(":")[2])

    def cpu(self) -> Cpu:
        return {role: tree_cpu_seconds(pid) for role, pid in self.pids.items()}


def cpu_seconds(pid: int) -> float:
    """Of all threads of a process, from its CPU clock: Linux numbers these clocks by pid."""
    return time.clock_gettime((~pid << 3) | 2)


def tree_cpu_seconds(pid: int) -> float:
    """With its children, those that have ended too (PostgreSQL has a process for each connection)."""
    try:
        total = cpu_seconds(pid)
    except OSError:
        raise Ended(f"process {pid}, which is measured, has ended") from None
    for child in _children(pid):
        try:
            total += cpu_seconds(child)
        except OSError:
            continue
    ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return total + (int(ended[13]) + int(ended[14])) / TICKS


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def running_hubbub() -> Iterator[Hubbub]:
    """`hubbub run` with embedded engines in a directory of its own, which is deleted afterwards."""
    data_dir = Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
    data_dir.chmod(0o711)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    environment |= {
        "HUBBUB_DATA_DIR": str(data_dir),
        "HUBBUB_PORT": "0",
        "HUBBUB_METRICS_PORT": "0",
        "HUBBUB_RATE_FACTOR": "1000000",
        "HUBBUB_MAX_CONNECTIONS": str(MOST_CONNECTIONS),
        "HUBBUB_LOG_FORMAT": "json",
        "HUBBUB_ACCESS_TTL": str(Hubbub.access_ttl_seconds),
    }
    output = (data_dir / "output").open("w+")
    try:
        command = [sys.executable, "-m", "hubbub", "run"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield _wait_until_live(process, data_dir)
        finally:
            if process.poll() is not None:
                said = (data_dir / "output").read_text()
                print(f"Hubbub has ended by itself:\n{said[-TOLD_CHARACTERS:]}", file=sys.stderr)
            _stop(process)
    finally:
        output.close()
        shutil.rmtree(data_dir, ignore_errors=True)


def _wait_until_live(process: "subprocess.Popen[bytes]", data_dir: Path) -> Hubbub:
    ends_at = time.monotonic() + READY_SECONDS
    while True:
        urls = running_urls(data_dir)
        if urls is not None and is_live(urls.api_url):
            return Hubbub(data_dir, urls)
        if process.poll() is not None or time.monotonic() > ends_at:
            raise SystemExit(f"Hubbub did not start:\n{(data_dir / 'output').read_text()}")
        time.sleep(0.1)


@contextmanager
def running_hello(kind: str) -> Iterator["Hello"]:
    """A server of ours that answers without a thought; `kind` is one of benchmarks.hello.KINDS."""
    command = [sys.executable, "-m", "benchmarks.hello", kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Hello(process.pid, int(process.stdout.readline()))
    finally:
        _stop(process)


@dataclass(frozen=True, slots=True)
class Hello:
    pid: int
    port: int

    def cpu(self) -> Cpu:
        return {"hello": cpu_seconds(self.pid)}


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
