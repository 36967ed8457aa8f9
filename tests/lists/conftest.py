import pytest

from tests.lists.support import Lists
from tests.support.world import World


@pytest.fixture
async def lists(world: World) -> Lists:
    return Lists(world, await world.person("olga"))
