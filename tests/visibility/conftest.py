from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from hubbub.app import build_front
from hubbub.identity import Identity
from tests.support.engines import Cleaner
from tests.support.world import World, open_world, settings_for


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def open_api(
    database_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The API with its front, as a client meets it, open for all tests here: opening it anew takes longer
    than most of them.
    """
    settings = settings_for(database_url, valkey_url, tmp_path_factory.mktemp("data"))
    async with open_world(settings) as world:
        transport = httpx.ASGITransport(app=build_front(world.services))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as world.http:
            yield world


@pytest_asyncio.fixture(loop_scope="package")
async def world(open_api: World, cleaner: Cleaner) -> World:
    """The same on empty engines, for a test whose loop is the package's."""
    cleaner.clean()
    await open_api.services.part(Identity).keys.start()
    return open_api
