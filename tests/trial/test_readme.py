"""What the README tells a newcomer to paste works as it is written."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.run.machine import Machine, run_command
from tests.trial.terminals import (
    COMMAND,
    EVENT,
    PASSWORDS,
    README,
    Terminal,
    dialogues,
    is_typed,
    next_to_type,
)

ADDRESS = "http://127.0.0.1:8000"
Answers = dict[str, Any]


def tour() -> str:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.fixture(scope="session")
def answers(new_machine: Machine) -> Answers:
    """What each step of the tour printed, or kept in a variable."""
    script = tour().replace(ADDRESS, new_machine.urls().api_url)
    assert script != tour()
    done = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", f'{script}\nprintf "%s\\n" "$ADA" "$BO" "$POST"'],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = ("follow", "home", "like", "comment", "thread", "tag", "ada", "bo", "post")
    return dict(zip(names, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.fixture
def terminals(answers: Answers, new_machine: Machine, tmp_path: Path) -> Iterator[dict[str, Terminal]]:
    api = new_machine.urls().api_url
    found: dict[str, Terminal] = {}
    for name, lines in dialogues().items():
        arguments = lines[0].removeprefix(COMMAND).split()
        found[name] = Terminal([*arguments, "--url", api, "--password-stdin"], new_machine, tmp_path / name)
        found[name].type(PASSWORDS[name])
    yield found
    for terminal in found.values():
        terminal.close()


def test_two_people_sign_up_and_one_follows_the_other(answers: Answers) -> None:
    assert (answers["ada"]["account"]["handle"], answers["bo"]["account"]["handle"]) == ("ada", "bo")
    assert answers["follow"]["id"] == answers["ada"]["account"]["id"]
    assert answers["follow"]["following"] is True


def test_what_ada_writes_is_in_bos_home_feed(answers: Answers) -> None:
    assert [item["id"] for item in answers["home"]["items"]] == [answers["post"]["id"]]
    assert answers["home"]["items"][0]["viewer"]["following_author"] is True
    mention = answers["post"]["entities"]["mentions"][0]
    assert mention["id"] == answers["bo"]["account"]["id"]


def test_like_and_answer_are_in_the_thread_and_the_counts(answers: Answers) -> None:
    assert (answers["like"]["liked"], answers["like"]["counts"]["likes"]) == (True, 1)
    assert answers["comment"]["reply_to"] == answers["post"]["id"]
    thread = answers["thread"]
    assert (thread["post"]["counts"]["likes"], thread["post"]["counts"]["comments"]) == (1, 1)
    assert [item["id"] for item in thread["comments"]["items"]] == [answers["comment"]["id"]]


def test_hashtag_has_a_page(answers: Answers) -> None:
    assert [item["id"] for item in answers["tag"]["items"]] == [answers["post"]["id"]]


def test_readme_shows_what_two_people_see(terminals: dict[str, Terminal], answers: Answers) -> None:
    assert set(terminals) == set(PASSWORDS)
    assert all(f"`{password}`" in README for password in PASSWORDS.values())
    for terminal in terminals.values():
        terminal.waits_for("listening")

    left = {name: lines[1:] for name, lines in dialogues().items()}
    typed = []
    while any(left.values()):
        name = next_to_type(left)
        for line in left[name]:
            if is_typed(line):
                terminals[name].type(line.replace("ID", answers["comment"]["id"]))
                typed.append(line)
                break
            terminals[name].waits_for(EVENT.sub(r"\1", line))
        left[name] = left[name][left[name].index(line) + 1 :]

    assert typed == ["/to @ada Shall we walk?", "In an hour", "/like ID"]


def test_demo_comes_after_the_tour(answers: Answers, new_machine: Machine) -> None:
    done = run_command(
        "demo", "--people", "5", "--posts", "1", "--likes", "3", data_dir=new_machine.data_dir.path
    )

    assert done.returncode == 0, done.stdout
    assert f"{new_machine.urls().api_url}/docs" in done.stdout
