"""Whatever asks other servers does so through one part, which is where they are judged."""

import ast
from pathlib import Path

import pytest

from tests.support.tree import SOURCE, modules

CLIENTS = (
    "httpcore",
    "httpx",
    "aiohttp",
    "requests",
    "urllib.request",
    "urllib3",
    "http.client",
    "h2",
    "hpack",
)
WAY_OUT = SOURCE / "platform" / "outgoing"
# An operator's terminal asks the server that it has just started.
COMMANDS = SOURCE / "cli"


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def clients_in(path: Path) -> set[str]:
    return {
        name
        for name in imported(path)
        for client in CLIENTS
        if name == client or name.startswith(f"{client}.")
    }


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_other_module_imports_an_http_client(path: Path) -> None:
    if not {WAY_OUT, COMMANDS} & {*path.parents}:
        assert clients_in(path) == set()


def test_the_way_out_does() -> None:
    assert any(clients_in(path) for path in modules(WAY_OUT))
