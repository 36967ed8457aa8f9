import pytest

from tests.messages.support import Chats
from tests.support.world import Person, World


@pytest.fixture
def chats(world: World) -> Chats:
    return Chats(world)


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


@pytest.fixture
async def bo(world: World) -> Person:
    return await world.person("bo")


@pytest.fixture
async def cleo(world: World) -> Person:
    return await world.person("cleo")
