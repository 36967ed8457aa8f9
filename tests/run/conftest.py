import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def own_machine(data_path: Path) -> Iterator[Machine]:
    machine = Machine(data_path)
    yield machine
    machine.close()
