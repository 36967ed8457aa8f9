import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.platform.engines import DataDir


@pytest.fixture
def data_dir() -> Iterator[DataDir]:
    """Not below tmp_path, whose parents are closed to the user that engines run as under root."""
    path = Path(tempfile.mkdtemp(prefix="hubbub-"))
    path.rmdir()
    directory = DataDir(path)
    directory.prepare()
    yield directory
    shutil.rmtree(path)
