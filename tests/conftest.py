"""Fixtures that every test may use. Engines start when the first test asks for one."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.engines import Cleaner, TestEngines, running_engines
from tests.support.world import World, open_world, settings_for

# No deadline: how long an example takes says more about the machine than about the code. Where a build has to
# mean the same each time, the examples are the same each time; elsewhere new ones are tried.
settings.register_profile("here", deadline=None)
settings.register_profile("build", deadline=None, derandomize=True)
settings.load_profile("build" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def engines() -> Iterator[TestEngines]:
    with running_engines() as running:
        yield running


@pytest.fixture(scope="session")
def database_url(engines: TestEngines) -> str:
    """A migrated database that belongs to this test process. Ask for `clean` too when you write to it."""
    return engines.new_database()


@pytest.fixture(scope="session")
def valkey_url(engines: TestEngines) -> str:
    """A Valkey server that belongs to this test process."""
    return engines.valkey.url


@pytest.fixture(scope="session")
def cleaner(engines: TestEngines, database_url: str) -> Iterator[Cleaner]:
    cleaner = Cleaner(engines, database_url)
    yield cleaner
    cleaner.close()


@pytest.fixture
def clean(cleaner: Cleaner) -> None:
    """The test begins with an empty database (but for what the migrations put in) and an empty Valkey."""
    cleaner.clean()


@pytest.fixture
def fresh_database_url(engines: TestEngines) -> Iterator[Callable[..., str]]:
    """Makes databases of the test's own: migrated, or empty with is_migrated=False."""
    made: list[str] = []

    def make(*, is_migrated: bool = True) -> str:
        made.append(engines.new_database(is_migrated=is_migrated))
        return made[-1]

    yield make
    for url in made:
        engines.drop_database(url)


@pytest.fixture
async def world(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> AsyncIterator[World]:
    """One API in process on empty engines."""
    async with open_world(settings_for(database_url, valkey_url, tmp_path)) as world:
        yield world
