"""Conversations as clients hold them."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from hubbub.platform.live import LiveLog, Seat
from tests.support.world import Person, World

Json = dict[str, Any]


class Chats:
    """Of anybody in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def pair(self, by: Person, other: Person) -> str:
        """The id of the conversation of these two."""
        reply = await self.world.post("/v1/conversations", by=by, json={"account_id": str(other.id)})
        assert reply.status_code in (200, 201), reply.text
        return str(reply.json()["id"])

    async def group(self, by: Person, *others: Person, **fields: Any) -> str:
        body = {"account_ids": [str(other.id) for other in others], **fields}
        reply = await self.world.post("/v1/conversations", by=by, json=body)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def try_send(self, by: Person, id_: str, text: str = "Hello", **fields: Any) -> httpx.Response:
        return await self.world.post(
            f"/v1/conversations/{id_}/messages", by=by, json={"text": text, **fields}
        )

    async def send(self, by: Person, id_: str, text: str = "Hello", **fields: Any) -> Json:
        reply = await self.try_send(by, id_, text, **fields)
        assert reply.status_code in (200, 201), reply.text
        return dict(reply.json())

    async def get(self, by: Person, path: str) -> Any:
        reply = await self.world.get(path, by=by)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def texts(self, by: Person, id_: str) -> list[str]:
        """Of the newest hundred messages, oldest first."""
        page = await self.get(by, f"/v1/conversations/{id_}/messages?limit=100")
        return [item["text"] for item in reversed(page["items"])]

    async def inbox(self, by: Person, query: str = "") -> list[Json]:
        page = await self.get(by, f"/v1/conversations{query}")
        return list(page["items"])

    async def requests(self, by: Person) -> list[str]:
        return [item["id"] for item in await self.inbox(by, "?requests=true")]

    async def one(self, by: Person, id_: str) -> Json:
        return dict(await self.get(by, f"/v1/conversations/{id_}"))

    async def unread(self, by: Person, id_: str) -> int:
        return int((await self.one(by, id_))["unread"])

    async def total_unread(self, by: Person) -> int:
        return int((await self.get(by, "/v1/conversations/unread"))["conversations"])

    async def read(self, by: Person, id_: str, up_to: Json | str) -> Json:
        message_id = up_to if isinstance(up_to, str) else up_to["id"]
        reply = await self.world.post(f"/v1/conversations/{id_}/read", by=by, json={"up_to": message_id})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    async def prefer(self, by: Person, **fields: Any) -> None:
        (await self.world.patch("/v1/conversations/preferences", by=by, json=fields)).raise_for_status()

    async def add(self, by: Person, id_: str, who: Person) -> httpx.Response:
        return await self.world.put(f"/v1/conversations/{id_}/members/{who.id}", by=by)

    async def remove(self, by: Person, id_: str, who: Person) -> httpx.Response:
        return await self.world.delete(f"/v1/conversations/{id_}/members/{who.id}", by=by)

    async def change_role(self, by: Person, id_: str, who: Person, role: str) -> httpx.Response:
        path = f"/v1/conversations/{id_}/members/{who.id}"
        return await self.world.patch(path, by=by, json={"role": role})

    async def leave(self, by: Person, id_: str) -> None:
        (await self.world.delete(f"/v1/conversations/{id_}", by=by)).raise_for_status()

    async def accept(self, by: Person, id_: str) -> httpx.Response:
        return await self.world.post(f"/v1/conversations/{id_}/accept", by=by)

    async def decline(self, by: Person, id_: str) -> httpx.Response:
        return await self.world.post(f"/v1/conversations/{id_}/decline", by=by)

    async def edit(self, by: Person, message: Json, text: str) -> httpx.Response:
        return await self.world.patch(path_of(message), by=by, json={"text": text})

    async def delete(self, by: Person, message: Json, whom: str = "all") -> httpx.Response:
        return await self.world.delete(f"{path_of(message)}?for={whom}", by=by)

    async def react(self, by: Person, message: Json, emoji: str) -> httpx.Response:
        return await self.world.put(f"{path_of(message)}/reactions/{emoji}", by=by)

    async def members(self, by: Person, id_: str) -> dict[str, str]:
        """Roles by account id."""
        page = await self.get(by, f"/v1/conversations/{id_}/members?limit=100")
        return {item["account_id"]: item["role"] for item in page["items"]}


def path_of(message: Json) -> str:
    return f"/v1/conversations/{message['conversation_id']}/messages/{message['id']}"


def code_of(reply: httpx.Response) -> str:
    """Such as 404:message_not_found."""
    if reply.status_code < 400:
        return str(reply.status_code)
    return f"{reply.status_code}:{reply.json()['code']}"


@dataclass
class Ear:
    """A device of somebody's, reading their log from where it was opened."""

    log: LiveLog
    account_id: int
    begun: bytes = b""

    async def heard(self, type_: str = "") -> list[tuple[str, Json]]:
        """Type and data of what was told so far, in order."""
        opening = await self.log.open(Seat(self.account_id, "ear"), after=self.begun)
        assert opening.state == "resumed"
        found = [(entry.type.decode(), json.loads(entry.data)) for entry in opening.entries]
        return [each for each in found if type_ in ("", each[0])]

    async def types(self) -> list[str]:
        return [type_ for type_, _ in await self.heard()]


async def listen(world: World, person: Person) -> Ear:
    log = world.services.part(LiveLog)
    opening = await log.open(Seat(person.id, "ear"))
    return Ear(log, person.id, opening.newest)
