from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from hubbub.settings import PushSettings
from tests.push.phones import Phones, open_phones
from tests.push.servers import Said, Service, listening
from tests.support.world import World, open_world, settings_for


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A push service of browsers that takes everything."""
    async with listening(Service(lambda request: Said(201))) as found:
        yield found


@pytest.fixture
async def world(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> AsyncIterator[World]:
    """One that may push to services of this machine."""
    settings = settings_for(database_url, valkey_url, tmp_path)
    push = PushSettings(outgoing_allow=(ip_network("127.0.0.0/8"),), contact="mailto:push@example.org")
    async with open_world(replace(settings, push=push)) as world:
        yield world


@pytest.fixture
async def phones(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> AsyncIterator[Phones]:
    async with open_phones(settings_for(database_url, valkey_url, tmp_path), tmp_path) as found:
        yield found
