import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"


def _named(*files: str) -> set[str]:
    """Distributions that these files ask for; an extra counts as the distribution it is named for."""
    lines = [line for file in files for line in (REQUIREMENTS / file).read_text().splitlines()]
    names = [re.match(r"([a-z][\w-]*)(?:\[([\w-]+)\])?", line) for line in lines]
    return {_plain(part) for match in names if match for part in match.groups() if part}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(folder: str) -> set[str]:
    """Distributions of what the modules below this folder import."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    ours = {"hubbub", "tests", "benchmarks", *sys.stdlib_module_names}
    distributions = packages_distributions()
    return {_plain(name) for module in found - ours for name in distributions.get(module, [module])[:1]}


def test_what_the_code_imports_is_in_its_requirements() -> None:
    assert _imported("src") <= _named("run.in")


def test_what_the_tests_import_is_in_their_requirements() -> None:
    assert _imported("tests") <= _named("run.in", "dev.in")


@pytest.mark.parametrize("name", ["run", "dev"])
def test_everything_asked_for_is_pinned_with_hashes(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)
    pinned = {_plain(entry.partition("==")[0].partition("[")[0]) for entry in entries}

    assert _named(f"{name}.in") - {"hiredis"} <= pinned
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", ["run.in", "dev.in", "run.txt", "dev.txt"])
def test_requirements_name_no_index_and_no_address(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()

    assert not re.search(r"://|--(extra-)?index|--find-links| @ |\bfile:", text)
