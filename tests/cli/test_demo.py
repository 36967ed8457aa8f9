import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.cli import main
from tests.support.drift import find_drift
from tests.support.world import World

Run = Callable[..., Result]
SMALL = ("--people", "4", "--posts", "2", "--likes", "6", "--comments", "3")


@pytest.fixture
def demo(database_url: str, valkey_url: str, tmp_path: Path) -> Run:
    """`hubbub demo …` on the engines of the test, in a thread of its own since it runs its own loop."""
    env = {
        "HUBBUB_DATABASE_URL": database_url,
        "HUBBUB_VALKEY_URL": valkey_url,
        "HUBBUB_DATA_DIR": str(tmp_path),
        "HUBBUB_SECRET_KEY": "a key for tests, long enough to be taken",
        "HUBBUB_PUBLIC_URL": "http://test",
    }

    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(main, ["demo", *arguments], env={**env, **more})

    return invoke


async def test_printed_login_works(world: World, demo: Run) -> None:
    result = await asyncio.to_thread(demo, *SMALL)
    lines = result.output.splitlines()
    password = next(line for line in lines if "password:" in line).rsplit(": ", 1)[1]
    handle = lines[lines.index(next(line for line in lines if "password:" in line)) + 1].split()[0]

    login = await world.post("/v1/auth/login", json={"login": handle, "password": password})

    assert (result.exit_code, login.status_code) == (0, 200), result.output


async def test_progress_is_told_in_plain_lines_where_nobody_watches(world: World, demo: Run) -> None:
    result = await asyncio.to_thread(demo, *SMALL)

    assert "people: 4 of 4" in result.output
    assert "posts: 8 of 8" in result.output
    assert "█" not in result.output


async def test_friends_of_a_file_follow_each_other(world: World, demo: Run, tmp_path: Path) -> None:
    (tmp_path / "friends").write_text("anna bert\nbert carl\n")

    result = await asyncio.to_thread(demo, "--graph", str(tmp_path / "friends"), "--posts", "1")

    assert result.exit_code == 0, result.output
    assert await world.value("SELECT count(*) FROM follows") == 4
    async with world.db.connection() as tx:
        assert await find_drift(tx) == []


async def test_file_that_is_no_graph_is_said_to_be_none(world: World, demo: Run, tmp_path: Path) -> None:
    (tmp_path / "friends").write_text("anna bert\ncarl\n")

    result = await asyncio.to_thread(demo, "--graph", str(tmp_path / "friends"))

    assert (result.exit_code, "line 2" in result.output) == (1, True)
    assert await world.value("SELECT count(*) FROM accounts") == 0


async def test_same_demo_twice_is_refused_and_changes_nothing(world: World, demo: Run) -> None:
    await asyncio.to_thread(demo, *SMALL)
    before = await world.value("SELECT count(*) FROM posts")

    result = await asyncio.to_thread(demo, *SMALL)

    assert result.exit_code == 1
    assert "already" in result.output
    assert await world.value("SELECT count(*) FROM posts") == before


@pytest.mark.parametrize("arguments", [("--people", "1"), ("--likes", "-1"), ("--graph", "nowhere")])
async def test_senseless_options_are_refused(world: World, demo: Run, arguments: tuple[str, str]) -> None:
    assert (await asyncio.to_thread(demo, *arguments)).exit_code == 2


async def test_production_has_no_demo(world: World, demo: Run) -> None:
    secret = "f3a9c1d27b5e4860a1b2c3d4e5f60718"
    result = await asyncio.to_thread(demo, HUBBUB_ENV="production", HUBBUB_SECRET_KEY=secret)

    assert (result.exit_code, "production" in result.output) == (1, True)
