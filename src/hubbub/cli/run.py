import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import click

from hubbub.cli.connection import clear_errors, secret_key
from hubbub.cli.migrate import show_progress
from hubbub.platform.engines import DataDir, EngineError, Postgres, RunningUrls, Valkey
from hubbub.platform.engines.durability import require_durability
from hubbub.platform.engines.errors import Cancelled
from hubbub.platform.engines.ports import claim_port
from hubbub.platform.engines.supervisor import Service, Signals, Supervisor
from hubbub.platform.migrations import migrate
from hubbub.settings import Settings, read_settings

READY_SECONDS = 60
WELCOME = """
Hubbub is ready at {api}

  Documentation  {api}/docs
  First account  curl {api}/v1/auth/register -H 'Content-Type: application/json' \\
                   -d '{{"handle": "ada", "email": "ada@example.org", "password": "correct horse battery"}}'
  Demo world     {command} demo   (in another terminal)
  Metrics        {metrics}/metrics, of the worker {worker_metrics}/metrics
  Mails          {mails}
  Data           {data}

Stop it with Ctrl-C."""


@click.command()
def run() -> None:
    """Start everything on this machine: engines, API and worker."""
    with clear_errors():
        settings = read_settings()
        data_dir = DataDir(settings.data_dir)
        data_dir.prepare()
        data_dir.lock()
        signals = Signals()
        signals.install()
        supervisor = Supervisor(signals, say)
        try:
            Machine(settings, data_dir, supervisor, signals).start()
            supervisor.watch()
        except Cancelled:
            pass
        finally:
            say("stopping")
            supervisor.stop()
            data_dir.unlock()
    say("stopped")


class Machine:
    """What runs on one machine, and how its parts find each other."""

    def __init__(
        self, settings: Settings, data_dir: DataDir, supervisor: Supervisor, signals: Signals
    ) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self._supervisor = supervisor
        self._signals = signals

    def start(self) -> None:
        program = [sys.executable, "-m", "hubbub"]
        worker = Service("work", self._data_dir, [*program, "work"], patience_seconds=25)
        server = Service("serve", self._data_dir, [*program, "serve"])
        for service in (server, worker):
            if service.stop_orphan():
                say(f"ended a {service.name} process that an earlier run had left behind")
        urls = self._start_engines()
        self._prepare_database(urls.database_url)
        self._data_dir.publish(urls)
        # First the worker: it takes longest to be missed, and the last to start is the first to be stopped.
        worker.env = self._environment(urls, urls.worker_metrics_url)
        server.env = self._environment(urls, urls.metrics_url)
        self._supervisor.start(worker)
        self._supervisor.start(server)
        self._wait_until_live(urls.api_url, server)
        click.echo(self._welcome(urls))

    def _start_engines(self) -> RunningUrls:
        server = self._settings.server
        port = claim_port(server.port, setting="HUBBUB_PORT", host=server.host)
        metrics_port = claim_port(server.metrics_port, setting="HUBBUB_METRICS_PORT", host=server.host)
        worker_metrics_port = claim_port(0, setting="HUBBUB_METRICS_PORT", host=server.host)
        database_url, valkey_url = str(self._settings.database.url), str(self._settings.valkey.url)
        if not valkey_url:
            valkey = Valkey(self._data_dir, port=self._settings.valkey.embedded_port)
            self._supervisor.start(valkey)
            valkey_url = valkey.url
        if not database_url:
            postgres = Postgres(self._data_dir, port=self._settings.database.embedded_port)
            self._supervisor.start(postgres)
            database_url = postgres.url
        origin = f"http://{_shown_host(server.host)}"
        return RunningUrls(
            database_url=database_url,
            valkey_url=valkey_url,
            api_url=f"{origin}:{port}",
            metrics_url=f"{origin}:{metrics_port}",
            worker_metrics_url=f"{origin}:{worker_metrics_port}",
            pid=os.getpid(),
        )

    def _prepare_database(self, url: str) -> None:
        if self._settings.is_production:
            asyncio.run(self._unless_cancelled(require_durability(url)))
        asyncio.run(self._unless_cancelled(migrate(url, show_progress)))

    async def _unless_cancelled(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        while not (await asyncio.wait({task}, timeout=0.1))[0]:
            if self._signals.is_stopping:
                task.cancel()
        if task.cancelled():
            raise Cancelled
        task.result()

    def _environment(self, urls: RunningUrls, metrics_url: str) -> dict[str, str]:
        return {
            **os.environ,
            "HUBBUB_DATA_DIR": str(self._data_dir.path),
            "HUBBUB_DATABASE_URL": urls.database_url,
            "HUBBUB_VALKEY_URL": urls.valkey_url,
            "HUBBUB_SECRET_KEY": secret_key(self._settings),
            "HUBBUB_PORT": urls.api_url.rpartition(":")[2],
            "HUBBUB_METRICS_PORT": metrics_url.rpartition(":")[2],
        }

    def _wait_until_live(self, api_url: str, server: Service) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not is_live(api_url):
            self._signals.check()
            if server.child is not None and server.child.exit_code() is not None:
                raise EngineError("the API could not start; what it wrote above says why")
            self._supervisor.tend()
            if time.monotonic() > deadline:
                raise EngineError(f"the API at {api_url} did not answer within {READY_SECONDS} seconds")
            self._signals.wait(0.05)

    def _welcome(self, urls: RunningUrls) -> str:
        return WELCOME.format(
            api=urls.api_url,
            metrics=urls.metrics_url,
            worker_metrics=urls.worker_metrics_url,
            command=self._command(),
            mails=self._data_dir.path / "mails" if not self._settings.mail.smtp_url else "sent by SMTP",
            data=self._data_dir.path,
        )

    def _command(self) -> str:
        """How another terminal calls `hubbub` and reaches this data directory."""
        command = str(Path(sys.executable).with_name("hubbub")).removeprefix(f"{Path.cwd()}/")
        is_default = self._settings.data_dir == Settings().data_dir
        return command if is_default else f"HUBBUB_DATA_DIR={self._data_dir.path} {command}"


def is_live(api_url: str) -> bool:
    connection = HTTPConnection(api_url.removeprefix("http://"), timeout=1)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    click.echo(f"hubbub: {text}", err=True)


def _shown_host(host: str) -> str:
    """An address that a client on this machine can use."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
