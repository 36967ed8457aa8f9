"""What the documents name is there: settings, commands, targets, metrics, tests, pages."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import httpx
import pytest

from hubbub.cli import main
from hubbub.settings import SECTIONS, Settings
from tests.run.machine import Machine
from tests.support.tree import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def known_settings() -> set[str]:
    sections: list[type[Any]] = [Settings, *SECTIONS.values()]
    return {spec.metadata["variable"] for cls in sections for spec in fields(cls) if spec.metadata} | {
        "HUBBUB_TEST_DATABASE_URL",
        "HUBBUB_TEST_VALKEY_URL",
        "HUBBUB_TEST_PROFILE",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_exist(page: Path) -> None:
    assert set(re.findall(r"HUBBUB_[A-Z_]+[A-Z]", page.read_text())) <= known_settings()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    for name, second in re.findall(r"`(?:\S+/)?hubbub ([a-z-]+)(?: ([a-z-]+))?", page.read_text()):
        command = main.get_command(click.Context(main), name)
        assert command is not None, name
        if isinstance(command, click.Group) and second:
            assert second in command.commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:^|`|[A-Z_]+=\S+ )make ([a-z]+)", page.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_tests_exist(page: Path) -> None:
    text = page.read_text()
    links = re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", text)
    tests = re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", text)

    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [test for test in tests if not (ROOT / test).exists()] == []


def test_operations_explain_every_metric_of_both_processes_and_no_other(new_machine: Machine) -> None:
    urls = new_machine.urls()
    shown = read(urls.metrics_url) + read(urls.worker_metrics_url)

    names = set(re.findall(r"^# TYPE (hubbub_\w+)", shown, re.MULTILINE))
    explained = set(re.findall(r"^\| `(hubbub_\w+)", OPERATIONS, re.MULTILINE))

    assert explained == {name for name in names if not name.endswith("_created")}


def read(url: str) -> str:
    return httpx.get(f"{url}/metrics").text


def test_readme_leads_on_to_three_pages() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text())

    assert len(links) == 3
