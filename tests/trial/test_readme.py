"""What the README tells a newcomer to paste works as it is written."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.run.machine import Machine, run_command
from tests.support.tree import ROOT

README = (ROOT / "README.md").read_text()
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


def test_demo_comes_after_the_tour(answers: Answers, new_machine: Machine) -> None:
    done = run_command(
        "demo", "--people", "5", "--posts", "1", "--likes", "3", data_dir=new_machine.data_dir.path
    )

    assert done.returncode == 0, done.stdout
    assert f"{new_machine.urls().api_url}/docs" in done.stdout
