import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.machine import Machine


@pytest.fixture(scope="session")
def new_machine() -> Iterator[Machine]:
    """`hubbub run` as on the first day: real engines, an empty directory, nobody there."""
    directory = Path(tempfile.mkdtemp(prefix="hubbub-trial-"))
    directory.chmod(0o755)
    machine = Machine(directory / "data")
    machine.start()
    machine.wait_until_ready()
    yield machine
    machine.close()
    shutil.rmtree(directory)
