"""The documentation page: found from the front door, and made of parts that need no other server."""

import re

import httpx

from hubbub.app import build_front
from tests.support.world import World


async def get(world: World, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=build_front(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_front_door_leads_to_the_documentation(world: World) -> None:
    answer = await get(world, "/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/docs")


async def test_every_part_of_the_page_is_served_by_us(world: World) -> None:
    page = await get(world, "/docs")

    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    answers = [await get(world, part) for part in parts]
    assert len(parts) == 4
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert not any(part.startswith(("http:", "https:", "//")) for part in parts)


async def test_page_may_load_and_send_to_this_server_only(world: World) -> None:
    policy = (await get(world, "/docs")).headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
