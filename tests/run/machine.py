"""`python -m hubbub run` as a real process, with everything it starts."""

import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from hubbub.platform.engines import DataDir, RunningUrls, running_urls
from hubbub.platform.engines.ports import claim_port
from hubbub.platform.engines.process import running_orphan, wait_until

SOURCE = Path(__file__).parents[2] / "src"
PACKAGES = sysconfig.get_path("purelib")
PARTS = ("serve", "work", "valkey", "postgres")
SECONDS = 30.0


class Machine:
    """One start after another in one data directory."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = DataDir(data_dir)
        self._env = {"HUBBUB_PORT": "0", "HUBBUB_METRICS_PORT": "0", **env}
        self._process: subprocess.Popen[bytes] | None = None
        self._output_file = data_dir.with_name(f"{data_dir.name}.output")

    def start(self, *, user: int | None = None, python: str = sys.executable) -> None:
        with self._output_file.open("wb") as output:
            self._process = subprocess.Popen(
                [python, "-m", "hubbub", "run"],
                env=environment(self.data_dir.path, self._env),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )

    def python_for(self, user: int) -> str | None:
        """An interpreter with which this user can run the checkout: a virtual environment's may be closed."""
        env = environment(self.data_dir.path, {})
        for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
            command = ["/bin/sh", "-c", 'exec "$0" -c "import hubbub.cli.run, hubbub.cli.serve"', python]
            done = subprocess.run(command, env=env, cwd="/", user=user, capture_output=True, check=False)
            if done.returncode == 0:
                return python
        return None

    def wait_until_ready(self) -> None:
        assert wait_until(lambda: "Hubbub is ready" in self.output() or self.exit_code() is not None, SECONDS)
        assert self.exit_code() is None, self.output()

    def output(self) -> str:
        """What this start has written."""
        return self._output_file.read_text()

    def exit_code(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(SECONDS)

    def stop(self) -> int:
        self.send(signal.SIGTERM)
        return self.wait()

    def urls(self) -> RunningUrls:
        urls = running_urls(self.data_dir.path)
        assert urls is not None
        return urls

    def pid(self, part: str) -> int | None:
        return running_orphan(self.data_dir.pid_file(part))

    def running(self) -> list[str]:
        return [part for part in PARTS if self.pid(part) is not None]

    def wait_for(self, part: str, *, is_running: bool = True) -> bool:
        return wait_until(lambda: (self.pid(part) is not None) == is_running, SECONDS)

    def freeze(self, part: str) -> None:
        """It will not react to a request to stop."""
        self._signal(part, signal.SIGSTOP)

    def choose_ports(self) -> list[int]:
        """Free ones for API, metrics, PostgreSQL and Valkey, used from the next start on."""
        names = ("HUBBUB_PORT", "HUBBUB_METRICS_PORT", "HUBBUB_POSTGRES_PORT", "HUBBUB_VALKEY_PORT")
        ports = [claim_port(0, setting=name) for name in names]
        self._env |= {name: str(port) for name, port in zip(names, ports, strict=True)}
        return ports

    def kill(self, part: str) -> None:
        """SIGKILL, and wait until another process has taken its place and the API answers."""
        before = self.pid(part)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: self.pid(part) not in (None, before), SECONDS), self.output()
        assert wait_until(lambda: answers(self.urls().api_url), SECONDS), self.output()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        for part in self.running():  # only when a test has failed
            self._signal(part, signal.SIGKILL)

    def _signal(self, part: str, number: signal.Signals) -> None:
        pid = self.pid(part)
        if pid is not None:
            os.kill(pid, number)


def answers(url: str, path: str = "/health/ready") -> bool:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    return {**inherited, "PYTHONPATH": f"{SOURCE}:{PACKAGES}", "HUBBUB_DATA_DIR": str(data_dir), **settings}


def run_command(*arguments: str, data_dir: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hubbub", *arguments],
        env=environment(data_dir, settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
