from collections.abc import AsyncIterator, Iterator

import pytest

from hubbub.platform.live import LiveLog
from hubbub.platform.valkey import Valkey, open_valkey
from tests.valkey.server import Server, running_server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """For tests that hurt it."""
    with running_server() as server:
        yield server


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url, deadline_seconds=2)
    await client.command("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture
def log(valkey: Valkey) -> LiveLog:
    return LiveLog(valkey)
