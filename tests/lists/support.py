"""Lists as their owner makes them."""

from typing import Any

import httpx

from tests.support.world import Person, World


class Lists:
    """Of one owner."""

    def __init__(self, world: World, owner: Person) -> None:
        self.world = world
        self.owner = owner

    async def make(self, *members: Person, title: str = "Friends", **fields: Any) -> str:
        """The id of a new list with these people, whom the owner follows from now on."""
        reply = await self.world.post("/v1/lists", by=self.owner, json={"title": title, **fields})
        assert reply.status_code == 201, reply.text
        list_id: str = reply.json()["id"]
        for member in members:
            if member != self.owner:
                await self.world.follow(self.owner, member)
            (await self.add(list_id, member)).raise_for_status()
        return list_id

    async def add(self, list_id: str, member: Person) -> httpx.Response:
        return await self.world.put(f"/v1/lists/{list_id}/members/{member.id}", by=self.owner)

    async def remove(self, list_id: str, member: Person) -> httpx.Response:
        return await self.world.delete(f"/v1/lists/{list_id}/members/{member.id}", by=self.owner)

    async def change(self, list_id: str, **fields: Any) -> None:
        (await self.world.patch(f"/v1/lists/{list_id}", by=self.owner, json=fields)).raise_for_status()

    async def one(self, list_id: str) -> dict[str, Any]:
        reply = await self.world.get(f"/v1/lists/{list_id}", by=self.owner)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def members(self, list_id: str) -> list[str]:
        return await self.ids(f"/v1/lists/{list_id}/members")

    async def feed(self, list_id: str) -> list[str]:
        return await self.ids(f"/v1/feeds/lists/{list_id}")

    async def home(self) -> list[str]:
        return await self.ids("/v1/feeds/home")

    async def ids(self, path: str) -> list[str]:
        reply = await self.world.get(path, by=self.owner)
        assert reply.status_code == 200, reply.text
        return [item["id"] for item in reply.json()["items"]]


async def everything(world: World, path: str, by: Person, limit: int) -> list[str]:
    """All ids of a list, page by page; every page but the last is full."""
    found: list[str] = []
    cursor = ""
    while True:
        page = (await world.get(f"{path}?limit={limit}{cursor}", by=by)).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        assert len(page["items"]) == limit
        cursor = f"&cursor={page['next']}"
