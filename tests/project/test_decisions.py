"""Decision records can be cited by number, and say what keeps them true."""

import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT

RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS = ("**Context.**", "**Decision.**", "**Consequences.**", "*Enforced by:*")


def test_records_are_numbered_without_gap_or_clash() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_record_has_its_number_and_parts_on_one_screen(path: Path) -> None:
    text = path.read_text()

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert [part for part in PARTS if part not in text] == []
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_what_enforces_a_record_exists(path: Path) -> None:
    enforcers = path.read_text().rpartition("*Enforced by:*")[2]
    named = re.findall(r"`((?:tests|src|docs|benchmarks)/[^`]+)`", enforcers)

    assert named != []
    assert [name for name in named if not (ROOT / name).exists()] == []
