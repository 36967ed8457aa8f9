from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from hubbub.identity import hashing
from tests.support.world import World, open_world, settings_for


@pytest.fixture
async def strict(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> AsyncIterator[World]:
    """A world with the real rate budgets, whose clients say by X-Forwarded-For where they are."""
    settings = settings_for(database_url, valkey_url, tmp_path)
    server = replace(settings.server, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with open_world(replace(settings, rate_factor=1.0, server=server)) as world:
        yield world


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to come back because the machine is slow."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 30.0)


@pytest.fixture
async def other(world: World, database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A second process on the same engines."""
    async with open_world(world.services.settings) as other:
        yield other
