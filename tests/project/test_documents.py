from pathlib import Path

import pytest

from tests.support.documents import PAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_generated_page_is_current(path: Path) -> None:
    assert path.read_text() == PAGES[path](), "run `make docs`"
