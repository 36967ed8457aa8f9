"""The rules of ARCHITECTURE.md and CONTRIBUTING.md, kept true by a test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import ORDER, ROOT, SOURCE, TESTS, modules, slice_of

LINE_LIMIT = 400
FUNCTION_LIMIT = 60
NESTING_LIMIT = 4
COMPOSITION_ROOTS = {"app", "worker", "slices", "cli"}


def imports(path: Path) -> Iterator[str]:
    """Dotted names, so that `from hubbub import posts` counts as `hubbub.posts`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def nesting(node: ast.AST) -> int:
    """How deep blocks stand in one another; `elif` chains and a function's own body do not count."""
    blocks = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child) + (isinstance(child, blocks) and not is_elif))
    return deepest


@pytest.mark.parametrize("path", modules(SOURCE, TESTS), ids=lambda p: str(p.relative_to(ROOT)))
def test_file_fits_in_one_reading(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINE_LIMIT


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda p: str(p.relative_to(SOURCE)))
def test_functions_are_short_and_flat(path: Path) -> None:
    for function in functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= FUNCTION_LIMIT, f"{function.name} has {length} lines"
        assert nesting(function) <= NESTING_LIMIT, f"{function.name} nests {nesting(function)} deep"


@pytest.mark.parametrize("path", modules(SOURCE / "platform"), ids=lambda p: str(p.relative_to(SOURCE)))
def test_platform_knows_no_slice(path: Path) -> None:
    slices = tuple(f"hubbub.{name}" for name in ORDER)
    known = {name for name in imports(path) if name.startswith(slices)}

    assert known == set(), f"{path} is platform code and must not import {known}"


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda p: str(p.relative_to(SOURCE)))
def test_slices_are_used_in_order_and_only_by_their_front(path: Path) -> None:
    own = slice_of(path)
    if own in COMPOSITION_ROOTS or own == "platform":
        return
    for name in imports(path):
        parts = name.split(".")
        if len(parts) < 2 or parts[0] != "hubbub" or parts[1] not in ORDER or parts[1] == own:
            continue
        assert own not in ORDER or ORDER.index(parts[1]) < ORDER.index(own), (
            f"{path} imports {name}, which is above it"
        )
        inner = SOURCE / parts[1] / f"{parts[2]}.py" if len(parts) > 2 else None
        is_reach = len(parts) > 3 or (inner is not None and inner.exists())
        assert not is_reach, f"{path} reaches into {name}; use what hubbub.{parts[1]} names"


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda p: str(p.relative_to(SOURCE)))
def test_environment_is_read_in_one_place(path: Path) -> None:
    if path.name == "settings.py" or slice_of(path) == "cli" or "engines" in path.parts:
        return
    assert "os.environ" not in path.read_text()
    assert "getenv" not in path.read_text()


def query_modules() -> list[Path]:
    return [path for path in modules(SOURCE) if "queries" in path.name or path.parent.name == "queries"]


@pytest.mark.parametrize("path", query_modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_queries_begin_with_their_verb_and_hold_literal_sql(path: Path) -> None:
    verbs = (
        "select_",
        "insert_",
        "update_",
        "delete_",
        "count_",
        "upsert_",
        "lock_",
        "copy_",
        "claim_",
        "try_",
    )
    tree = ast.parse(path.read_text())
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef):
            assert node.name.removeprefix("_").startswith(verbs), f"{node.name}: begin with the SQL verb"
    built = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    assert built == [], f"{path}: SQL is literal, never an f-string"


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda p: str(p.relative_to(SOURCE)))
def test_sql_never_pages_by_offset(path: Path) -> None:
    assert not re.search(r"\bOFFSET\s+\$?\d", path.read_text()), "keyset pages only"


@pytest.mark.parametrize("path", modules(TESTS), ids=lambda p: str(p.relative_to(TESTS)))
def test_every_test_file_is_collected_and_can_fail(path: Path) -> None:
    tree = ast.parse(path.read_text())
    has_tests = (
        any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
            for node in tree.body
        )
        and path.parent.name != "support"
    )
    assert not has_tests or path.name.startswith("test_"), "pytest never collects this file"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            assert not isinstance(node.test, ast.IfExp), f"line {node.lineno}: a conditional assert"
            assert not (isinstance(node.test, ast.Constant) and node.test.value), (
                f"line {node.lineno}: cannot fail"
            )


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in modules(TESTS)}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_architecture_maps_the_tree() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"^\| `([a-z_/]+)/` \|", text, re.MULTILINE))
    packages = {
        str(path.parent.relative_to(SOURCE))
        for path in SOURCE.rglob("__init__.py")
        if len(path.relative_to(SOURCE).parts) == 2 or path.parent.parent == SOURCE / "platform"
    }

    assert named == packages
