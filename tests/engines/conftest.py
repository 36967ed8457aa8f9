import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.platform.engines import DataDir, Postgres


def _new_directory() -> Path:
    """Not below tmp_path, whose parents are closed to the user that engines run as under root."""
    path = Path(tempfile.mkdtemp(prefix="hubbub-"))
    path.rmdir()
    return path


@pytest.fixture
def data_dir() -> Iterator[DataDir]:
    directory = DataDir(_new_directory())
    directory.prepare()
    yield directory
    shutil.rmtree(directory.path)


@pytest.fixture(scope="session")
def used_directory() -> Iterator[Path]:
    """A data directory whose PostgreSQL has run before."""
    directory = DataDir(_new_directory())
    directory.prepare()
    postgres = Postgres(directory)
    postgres.start()
    postgres.stop()
    yield directory.path
    shutil.rmtree(directory.path)


@pytest.fixture
def used_data_dir(used_directory: Path) -> Iterator[DataDir]:
    path = _new_directory()
    subprocess.run(["/bin/cp", "-a", str(used_directory), str(path)], check=True)
    yield DataDir(path)
    shutil.rmtree(path)
