"""Many requests at one moment."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import httpx

from tests.support.drift import find_drift
from tests.support.world import World

Sending = Coroutine[Any, Any, httpx.Response]


async def storm(world: World, requests: Sequence[Sending], *, allowed: set[int]) -> list[int]:
    """Send them all at once; the statuses in their order, each of which must be allowed."""
    await world.fill_pool()
    replies = await asyncio.gather(*requests)
    statuses = [reply.status_code for reply in replies]
    assert set(statuses) <= allowed, [reply.text for reply in replies if reply.status_code not in allowed]
    return statuses


async def assert_no_drift(world: World) -> None:
    """Every count is the number of its rows, now and once the worker has handled and folded all."""
    for _ in range(2):
        async with world.db.connection() as tx:
            assert await find_drift(tx) == []
        await world.settle()
