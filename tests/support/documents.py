"""Pages of docs/ that are generated from the code, or hold tables that are. `make docs` writes them; a test
compares."""

import ast
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import hubbub
from hubbub.errors import AppError
from hubbub.platform.http.decoding import CODES
from hubbub.settings import SECTIONS, Settings
from tests.support.tree import ROOT, SOURCE

# Told to operators, or in the worker's log.
NOT_FOR_CLIENTS = {"still_suspended", "mail_server_unavailable"}


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at start. Wrong ones are all named at once, and nothing starts.",
        "An unknown variable that begins with `HUBBUB_` is an error: no typing mistake passes silently.",
    ]
    classes: list[type[Any]] = [Settings, *SECTIONS.values()]
    for cls in classes:
        lines += ["", f"## {_title(cls)}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{field.metadata['variable']}` | {_shown(field.default)} | {field.metadata['doc']} |"
            for field in fields(cls)
            if field.metadata
        ]
    lines += [
        "",
        "In production (`HUBBUB_ENV=production`) nothing starts without `HUBBUB_SECRET_KEY` and",
        "`HUBBUB_PUBLIC_URL`, with a rate factor above 1, or on a database with `fsync` or",
        "`synchronous_commit` off.",
    ]
    return "\n".join(lines) + "\n"


def _title(cls: type[Any]) -> str:
    return "General" if cls is Settings else (cls.__doc__ or "").rstrip(".")


def _shown(default: Any) -> str:
    return f"`{default}`" if default not in ("", ()) else "empty"


def api_page() -> str:
    page = (ROOT / "docs" / "api.md").read_text()
    return _with_part(_with_part(page, "errors", _error_table()), "field errors", _field_errors())


def _with_part(page: str, name: str, lines: list[str]) -> str:
    """The page with what stands between two marks made anew."""
    begin, end = f"<!-- {name}: made from the code -->", f"<!-- end of {name} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n" + "\n".join(["", *lines, ""]) + f"\n{end}{after}"


def _error_table() -> list[str]:
    rows = sorted(
        {
            (error.status, error.code, error.message, "yes" if error.is_retryable else "")
            for error in _all_errors()
            if error.code not in NOT_FOR_CLIENTS
        }
    )
    return [
        "| Status | `code` | Says | Retry |",
        "|---|---|---|---|",
        *(f"| {status} | `{code}` | {message} | {retry} |" for status, code, message, retry in rows),
    ]


def _all_errors() -> Iterator[type[AppError]]:
    for module in pkgutil.walk_packages(hubbub.__path__, "hubbub."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting: list[type[AppError]] = [AppError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith("hubbub."):  # and not one that a test has made up
            yield error


def _field_errors() -> list[str]:
    """The words that are given as code to what makes a field's error, wherever that is."""
    codes = {"invalid"} | {code for _, code in CODES}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("refusal", "FieldError"):
                codes |= {str(each.value) for each in node.args[1:2] if isinstance(each, ast.Constant)}
    return [", ".join(f"`{code}`" for code in sorted(codes)) + "."]


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "settings.md": settings_page,
    ROOT / "docs" / "api.md": api_page,
}

if __name__ == "__main__":
    for path, make in PAGES.items():
        path.write_text(make())
