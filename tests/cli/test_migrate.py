"""`hubbub migrate`: from nothing to the schema, and nothing more the second time."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.cli import main
from hubbub.platform.migrations import FOLDER, read_folder

NAMES = [file.name for file in read_folder(FOLDER)]
Databases = Callable[..., str]


@pytest.fixture
def migrate(tmp_path: Path) -> Callable[[str], Result]:
    def invoke(url: str) -> Result:
        env = {"HUBBUB_DATABASE_URL": url, "HUBBUB_DATA_DIR": str(tmp_path / "data")}
        return CliRunner().invoke(main, ["migrate"], env=env)

    return invoke


def test_an_empty_database_is_brought_to_the_schema_and_then_left_alone(
    migrate: Callable[[str], Result], fresh_database_url: Databases
) -> None:
    url = fresh_database_url(is_migrated=False)

    first, second = migrate(url), migrate(url)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout == f"Applied {len(NAMES)} migrations.\n"
    assert second.output == "Nothing to migrate.\n"


def test_each_file_is_named_while_it_is_applied(
    migrate: Callable[[str], Result], fresh_database_url: Databases
) -> None:
    done = migrate(fresh_database_url(is_migrated=False))

    said = done.stderr.splitlines()
    assert said == [f"migrating {at}/{len(NAMES)}: {name}" for at, name in enumerate(NAMES, start=1)]


def test_it_leaves_no_data_directory_behind(
    migrate: Callable[[str], Result], fresh_database_url: Databases, tmp_path: Path
) -> None:
    migrate(fresh_database_url())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Start them with `hubbub run`, or set HUBBUB_DATABASE_URL"),
        ("postgresql://hubbub@127.0.0.1:1/hubbub", "Is HUBBUB_DATABASE_URL right"),
    ],
)
def test_without_a_database_it_says_what_to_do(
    migrate: Callable[[str], Result], url: str, words: str
) -> None:
    done = migrate(url)

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert words in done.output


def test_a_password_that_is_wrong_is_not_repeated(
    migrate: Callable[[str], Result], database_url: str
) -> None:
    host = database_url.rpartition("@")[2]

    done = migrate(f"postgresql://hubbub:not-the-password@{host}")

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "not-the-password" not in done.output
