"""The probes, asked over HTTP."""

import httpx

from hubbub.app import build_front
from hubbub.platform.db import open_database
from hubbub.platform.telemetry.health import HealthProbe
from tests.support.world import World


async def get(world: World, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=build_front(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_live_process_says_so_without_a_token(world: World) -> None:
    answer = await get(world, "/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_ready_names_both_engines(world: World) -> None:
    answer = await get(world, "/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "ok", "valkey": "ok"}
    assert answer.headers["cache-control"] == "private, no-store"


async def test_unready_is_503_with_retry_after(world: World, database_url: str) -> None:
    closed = await open_database(database_url, pool_size=1)
    await closed.close()
    world.services.add(HealthProbe(closed, world.services.valkey))

    answer = await get(world, "/health/ready")

    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"
    assert answer.headers["retry-after"] == "1"
