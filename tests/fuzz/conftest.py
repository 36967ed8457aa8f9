from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from hubbub.identity import Identity
from tests.fuzz.gateway import Loop
from tests.support.engines import Cleaner
from tests.support.world import World, open_world, settings_for


@pytest.fixture(scope="session")
def running(
    database_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Loop, World]]:
    """The services of an API, and the loop that they live in."""
    settings = settings_for(database_url, valkey_url, tmp_path_factory.mktemp("data"))
    loop, stack = Loop(), AsyncExitStack()
    yield loop, loop.run(stack.enter_async_context(open_world(settings)))
    loop.run(stack.aclose())
    loop.stop()


@pytest.fixture
def empty_api(running: tuple[Loop, World], cleaner: Cleaner) -> tuple[Loop, World]:
    """The same on empty engines."""
    loop, world = running
    cleaner.clean()
    loop.run(world.services.part(Identity).keys.start())
    return running
