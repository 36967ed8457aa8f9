import os
import stat
from pathlib import Path

import pytest

from hubbub.platform.engines import DataDir, DataDirBusy, EngineError, RunningUrls, running_urls

URLS = RunningUrls(
    database_url="postgresql://x",
    valkey_url="redis://x",
    api_url="http://127.0.0.1:1",
    metrics_url="http://127.0.0.1:2",
    worker_metrics_url="http://127.0.0.1:3",
    pid=7,
)


def test_a_second_holder_is_told_directory_and_pid(data_dir: DataDir) -> None:
    data_dir.lock()

    with pytest.raises(DataDirBusy, match=rf"{data_dir.path} \(pid {os.getpid()}\)"):
        DataDir(data_dir.path).lock()


def test_a_freed_directory_can_be_held_again(data_dir: DataDir) -> None:
    data_dir.lock()
    data_dir.unlock()

    DataDir(data_dir.path).lock()


def test_urls_are_found_only_while_it_runs(data_dir: DataDir) -> None:
    data_dir.lock()
    data_dir.publish(URLS)

    assert running_urls(data_dir.path) == URLS
    data_dir.unlock()
    assert running_urls(data_dir.path) is None


def test_urls_of_a_crashed_run_are_not_believed(data_dir: DataDir) -> None:
    data_dir.publish(URLS)

    assert running_urls(data_dir.path) is None


def test_urls_are_readable_by_the_owner_only(data_dir: DataDir) -> None:
    data_dir.publish(URLS)

    assert stat.S_IMODE(data_dir.run_file.stat().st_mode) == 0o600


def test_a_secret_stays_and_is_readable_by_the_owner_only(data_dir: DataDir) -> None:
    first = data_dir.secret("secret.key")

    assert DataDir(data_dir.path).secret("secret.key") == first
    assert len(first) == 64
    assert stat.S_IMODE((data_dir.path / "secret.key").stat().st_mode) == 0o600


def test_a_log_that_has_grown_large_is_put_aside(data_dir: DataDir) -> None:
    log = data_dir.log_file("postgres")
    with log.open("wb") as file:
        file.truncate(20 * 2**20)

    assert not data_dir.log_file("postgres").exists()
    assert log.with_suffix(".log.1").exists()


def test_a_directory_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(EngineError, match="Set HUBBUB_DATA_DIR"):
        DataDir(tmp_path / "file" / "data").prepare()
