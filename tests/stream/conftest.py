from collections.abc import AsyncIterator

import pytest

from tests.stream.support import Served, serve
from tests.support.world import Person, World, open_world


@pytest.fixture
async def served(world: World) -> AsyncIterator[Served]:
    """One process that clients can connect to."""
    async with serve(world) as served:
        yield served


@pytest.fixture
async def other(world: World, served: Served) -> AsyncIterator[Served]:
    """A second process on the same engines."""
    async with open_world(world.services.settings) as second, serve(second) as other:
        yield other


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


@pytest.fixture
async def bea(world: World) -> Person:
    return await world.person("bea")
