"""Pages of docs/ that are generated from the code. `make docs` writes them; a test compares."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from hubbub.settings import SECTIONS, Settings
from tests.support.tree import ROOT


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


PAGES: dict[Path, Callable[[], str]] = {ROOT / "docs" / "settings.md": settings_page}

if __name__ == "__main__":
    for path, make in PAGES.items():
        path.write_text(make())
