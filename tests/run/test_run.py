import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from hubbub.platform.engines.ports import claim_port
from hubbub.platform.engines.process import process_identity, wait_until
from hubbub.platform.engines.supervisor import SAME_REQUEST_SECONDS
from tests.run.machine import Machine, answers, run_command


def test_it_says_where_everything_is(machine: Machine) -> None:
    urls, data = machine.urls(), machine.data_dir.path

    output = machine.output()

    for text in (f"{urls.api_url}/docs", f"{urls.api_url}/v1/auth/register", " demo ", str(data / "mail")):
        assert text in output
    assert machine.running() == ["serve", "work", "valkey", "postgres"]


def test_a_second_start_names_directory_and_pid(machine: Machine) -> None:
    done = run_command("run", data_dir=machine.data_dir.path)

    assert done.returncode == 1
    assert f"running already in {machine.data_dir.path} (pid {machine.urls().pid})" in done.stdout


def test_another_terminal_finds_the_engines(machine: Machine) -> None:
    done = run_command("migrate", data_dir=machine.data_dir.path)

    assert (done.returncode, done.stdout) == (0, "Nothing to migrate.\n")


def test_another_terminal_is_told_when_nothing_runs(data_path: Path) -> None:
    done = run_command("migrate", data_dir=data_path)

    assert done.returncode == 1
    assert f"no engines run in {data_path}" in done.stdout


def test_keys_and_addresses_are_closed_to_others(machine: Machine) -> None:
    for name in ("secret.key", "run.json"):
        assert stat.S_IMODE((machine.data_dir.path / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_cleanly(own_machine: Machine, number: signal.Signals) -> None:
    own_machine.start()
    own_machine.wait_until_ready()
    pids = [own_machine.pid(part) for part in own_machine.running()]

    own_machine.send(number)

    assert own_machine.wait() == 0
    assert len(pids) == 4
    assert not [pid for pid in pids if pid and process_identity(pid)]
    assert "database system is shut down" in (own_machine.data_dir.path / "logs/postgres.log").read_text()
    assert own_machine.output().endswith("hubbub: stopped\n")


def test_a_signal_during_the_start_stops_it(own_machine: Machine) -> None:
    own_machine.start()
    assert own_machine.wait_for("valkey")

    own_machine.send(signal.SIGTERM)

    assert own_machine.wait() == 0
    assert own_machine.running() == []


def test_a_second_signal_forces_the_stop(own_machine: Machine) -> None:
    own_machine.start()
    own_machine.wait_until_ready()
    own_machine.freeze("work")

    own_machine.send(signal.SIGTERM)
    assert own_machine.wait_for("serve", is_running=False)
    time.sleep(SAME_REQUEST_SECONDS)
    own_machine.send(signal.SIGTERM)

    assert own_machine.wait() == 128 + signal.SIGTERM
    assert wait_until(lambda: own_machine.running() == [], 10)


@pytest.mark.parametrize(
    "setting", ["HUBBUB_PORT", "HUBBUB_METRICS_PORT", "HUBBUB_POSTGRES_PORT", "HUBBUB_VALKEY_PORT"]
)
def test_a_port_in_use_names_port_and_setting(data_path: Path, setting: str) -> None:
    free = {"HUBBUB_PORT": "0", "HUBBUB_METRICS_PORT": "0"}
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_command("run", data_dir=data_path, **free | {setting: str(port)})

    assert done.returncode == 1
    assert f"port {port}" in done.stdout
    assert f"set {setting} to another" in done.stdout


def test_every_port_can_be_chosen(own_machine: Machine) -> None:
    ports = own_machine.choose_ports()

    own_machine.start()
    own_machine.wait_until_ready()

    urls = own_machine.urls()
    shown = [urls.api_url, urls.metrics_url, urls.database_url, urls.valkey_url]
    assert [urlsplit(url).port for url in shown] == ports


def test_engines_that_run_elsewhere_are_used(
    data_path: Path, fresh_database_url: Callable[..., str], valkey_url: str
) -> None:
    url = fresh_database_url(is_migrated=False)
    machine = Machine(data_path, HUBBUB_DATABASE_URL=url, HUBBUB_VALKEY_URL=valkey_url)
    machine.start()
    machine.wait_until_ready()

    assert machine.running() == ["serve", "work"]
    assert machine.urls().database_url == url
    assert answers(machine.urls().api_url)
    machine.close()


PRODUCTION = {
    "HUBBUB_ENV": "production",
    "HUBBUB_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978",
    "HUBBUB_PUBLIC_URL": "https://social.example.org",
    "HUBBUB_PORT": "0",
    "HUBBUB_METRICS_PORT": "0",
}


@pytest.mark.parametrize("command", ["run", "serve", "work"])
def test_production_refuses_a_database_that_may_lose_writes(
    data_path: Path, database_url: str, valkey_url: str, command: str
) -> None:
    urls = {"HUBBUB_DATABASE_URL": database_url, "HUBBUB_VALKEY_URL": valkey_url}

    done = run_command(command, data_dir=data_path, **PRODUCTION, **urls)

    assert done.returncode == 1
    assert "the database has fsync=off and synchronous_commit=off" in done.stdout


@pytest.mark.parametrize("command", ["run", "serve", "work", "migrate"])
def test_a_database_out_of_reach_is_said_in_words(data_path: Path, valkey_url: str, command: str) -> None:
    port = claim_port(0, setting="")
    urls = {
        "HUBBUB_DATABASE_URL": f"postgresql://someone:word@127.0.0.1:{port}/some",
        "HUBBUB_VALKEY_URL": valkey_url,
    }
    free = {"HUBBUB_PORT": "0", "HUBBUB_METRICS_PORT": "0"}

    done = run_command(command, data_dir=data_path, **free, **urls)

    assert done.returncode == 1
    assert "the database cannot be used" in done.stdout
    assert "HUBBUB_DATABASE_URL" in done.stdout
    assert "Traceback" not in done.stdout
    assert "word" not in done.stdout


def test_metrics_of_both_processes_are_where_it_says(machine: Machine) -> None:
    urls = machine.urls()

    assert answers(urls.metrics_url, "/metrics")
    assert answers(urls.worker_metrics_url, "/metrics")


def test_settings_that_are_wrong_are_all_named(data_path: Path) -> None:
    done = run_command("run", data_dir=data_path, HUBBUB_PORT="many", HUBBUB_ENV="staging")

    assert done.returncode == 1
    assert "HUBBUB_PORT: must be a number" in done.stdout
    assert "HUBBUB_ENV: must be one of development, production" in done.stdout
    assert not data_path.exists()


async def test_an_account_written_before_a_restart_is_there_after_it(own_machine: Machine) -> None:
    own_machine.start()
    own_machine.wait_until_ready()
    connection = await asyncpg.connect(own_machine.urls().database_url)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()
    own_machine.stop()

    own_machine.start()
    own_machine.wait_until_ready()

    connection = await asyncpg.connect(own_machine.urls().database_url)
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()
