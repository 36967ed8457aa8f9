from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry

from hubbub.platform.rates import RateLimiter
from hubbub.platform.valkey import Valkey, open_valkey


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Valkey]:
    client = await open_valkey(valkey_url, deadline_seconds=2)
    await client.command("FLUSHALL")
    yield client
    await client.close()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def limiter(valkey: Valkey, registry: CollectorRegistry) -> RateLimiter:
    return RateLimiter(valkey, registry=registry)
