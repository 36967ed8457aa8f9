import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubbub.platform.engines import DataDir, Postgres
from hubbub.platform.migrations import migrate
from tests.run.machine import Machine


@pytest.fixture(scope="session")
def directories() -> Iterator[Callable[[], Path]]:
    """Makes directories that the engine's user can pass into, which tmp_path is not under root."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="hubbub-run-")))
        made[-1].chmod(0o755)
        return made[-1]

    yield make
    for path in made:
        shutil.rmtree(path)


@pytest.fixture
def data_path(directories: Callable[[], Path]) -> Path:
    return directories() / "data"


@pytest.fixture(scope="session")
def machine(directories: Callable[[], Path]) -> Iterator[Machine]:
    """One that runs for all tests that leave it running."""
    machine = Machine(directories() / "data")
    machine.start()
    machine.wait_until_ready()
    yield machine
    machine.close()


@pytest.fixture(scope="session")
def used_path(directories: Callable[[], Path]) -> Path:
    """A data directory in which everything has run before: starting from it saves a second."""
    path = directories() / "data"
    data_dir = DataDir(path)
    data_dir.prepare()
    postgres = Postgres(data_dir)
    postgres.start()
    asyncio.run(migrate(postgres.url))
    postgres.stop()
    return path


@pytest.fixture
def own_machine(data_path: Path, used_path: Path) -> Iterator[Machine]:
    subprocess.run(["/bin/cp", "-a", str(used_path), str(data_path)], check=True)
    machine = Machine(data_path)
    yield machine
    machine.close()
