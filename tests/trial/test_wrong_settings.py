"""What is wrong with a setting is said in a sentence that names it, by every command, without a trace."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.run.machine import run_command
from tests.valkey.server import Server, running_server

PORTS = {"HUBBUB_PORT": "0", "HUBBUB_METRICS_PORT": "0"}


@pytest.fixture(scope="session")
def guarded_valkey() -> Iterator[Server]:
    with running_server("--requirepass", "word") as server:
        yield server


def complaint(*command: str, data_dir: Path, **settings: str) -> str:
    done = run_command(*command, data_dir=data_dir, **PORTS | settings)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    return done.stdout


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
@pytest.mark.parametrize("command", ["run", "serve"])
def test_host_of_another_machine(
    tmp_path: Path, database_url: str, valkey_url: str, command: str, host: str
) -> None:
    engines = {"HUBBUB_DATABASE_URL": database_url, "HUBBUB_VALKEY_URL": valkey_url}

    said = complaint(command, data_dir=tmp_path / "data", HUBBUB_HOST=host, **engines)

    assert host in said
    assert "HUBBUB_HOST" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("redis://:not-it@127.0.0.1:{port}/0", "WRONGPASS"),
        ("redis://127.0.0.1:{port}/0", "NOAUTH"),
        ("rediss://127.0.0.1:{port}/0?colour=red", "colour"),
        ("rediss://127.0.0.1:{port}/0?ssl_ca_certs=/no/such/file", "certificate file"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_valkey_that_cannot_be_used(
    tmp_path: Path, database_url: str, guarded_valkey: Server, command: str, change: str, words: str
) -> None:
    url = change.format(port=guarded_valkey.port)

    said = complaint(
        command, data_dir=tmp_path / "data", HUBBUB_DATABASE_URL=database_url, HUBBUB_VALKEY_URL=url
    )

    assert words in said
    assert "HUBBUB_VALKEY_URL" in said
    assert "not-it" not in said


@pytest.mark.parametrize("command", ["migrate", "run"])
def test_certificate_of_the_database_that_is_not_there(
    tmp_path: Path, database_url: str, command: str
) -> None:
    url = f"{database_url}?sslmode=verify-full&sslrootcert=/no/such/file"

    said = complaint(command, data_dir=tmp_path / "data", HUBBUB_DATABASE_URL=url)

    assert "HUBBUB_DATABASE_URL" in said


def test_migrations_need_no_valkey(tmp_path: Path, database_url: str) -> None:
    done = run_command("migrate", data_dir=tmp_path / "data", HUBBUB_DATABASE_URL=database_url)

    assert (done.returncode, done.stdout) == (0, "Nothing to migrate.\n")


@pytest.mark.parametrize("command", [["serve"], ["work"], ["admin", "lag"]])
def test_database_that_was_never_migrated(
    tmp_path: Path, fresh_database_url: Callable[..., str], valkey_url: str, command: list[str]
) -> None:
    url = fresh_database_url(is_migrated=False)
    engines = {"HUBBUB_DATABASE_URL": url, "HUBBUB_VALKEY_URL": valkey_url}

    assert "hubbub migrate" in complaint(*command, data_dir=tmp_path / "data", **engines)
