"""Every operation on a group and its messages, for everybody who may stand to it, against policy.py."""

from typing import Any

import pytest

from tests.support.operations import NEVER_ID, ROUTES, Call
from tests.support.world import Person, World
from tests.visibility import answers, policy
from tests.visibility.cells import answer_of

pytestmark = pytest.mark.asyncio(loop_scope="package")

STANDINGS = ("owner", "admin", "member", "asked", "left", "removed", "stranger")
BODIES: dict[str, Any] = {
    "updateConversation": {"name": "Band"},
    "sendMessage": {"text": "Words"},
    "editMessage": {"text": "Other words"},
    "changeMemberRole": {"role": "admin"},
}


class Group:
    """One of each standing, a plain member more, and a message of the owner's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Person] = {}
        self.path: dict[str, str] = {}

    async def open(self) -> None:
        for standing in (*STANDINGS, "other", "newcomer"):
            self.people[standing] = await self.world.person()
        owner, asked = self.people["owner"], self.people["asked"]
        nobody = {"who_may_write": "nobody"}
        await self.done("PATCH", "/v1/conversations/preferences", asked, nobody)
        members = [
            str(self.people[each].id) for each in ("admin", "member", "asked", "left", "removed", "other")
        ]
        made = await self.done("POST", "/v1/conversations", owner, {"account_ids": members, "name": "Choir"})
        base = f"/v1/conversations/{made['id']}"
        message = await self.done("POST", f"{base}/messages", owner, {"text": "Sing along"})
        await self.done("PATCH", f"{base}/members/{self.people['admin'].id}", owner, {"role": "admin"})
        await self.done("DELETE", base, self.people["left"])
        await self.done("DELETE", f"{base}/members/{self.people['removed'].id}", owner)
        self.path = {"conversation_id": made["id"], "message_id": message["id"], "emoji": "👍"}

    async def done(self, method: str, path: str, by: Person, body: Any = None) -> Any:
        reply = await self.world.request(method, path, by=by, **({} if body is None else {"json": body}))
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def call(self, operation: str, *, is_never: bool = False) -> Call:
        name, _, variant = operation.partition(".")
        whom = self.people["newcomer" if name == "addConversationMember" else "other"]
        path = {**self.path, "account_id": whom.id}
        if is_never:
            path["conversation_id"] = NEVER_ID
        query = {"q": "sing"} if name == "searchMessages" else {"for": variant} if variant else {}
        body = {"up_to": self.path["message_id"]} if name.startswith("mark") else BODIES.get(name)
        wanted = {key: path[key] for key in ROUTES[name].parameters}
        return Call(name, wanted, query, body, {"X-Request-Id": "same"})


@pytest.mark.parametrize("operation", policy.CONVERSATION_OPERATIONS)
async def test_operation_answers_each_standing_as_the_policy_says(world: World, operation: str) -> None:
    found, expected = {}, {}
    for standing in STANDINGS:
        group = Group(world)
        await group.open()
        viewer = group.people[standing]
        stands = standing if standing in STANDINGS[:4] else "apart"

        reply = await group.call(operation).send(world, viewer)
        never = await group.call(operation, is_never=True).send(world, viewer)

        found[standing] = answer_of(reply)
        expected[standing] = answers.conversation_answer(operation, stands)
        assert answer_of(never) == "404:conversation_not_found"
        assert stands != "apart" or reply.content == never.content
    assert found == expected


@pytest.mark.parametrize("operation", policy.CONVERSATION_OPERATIONS)
async def test_nothing_is_done_without_a_token(world: World, operation: str) -> None:
    group = Group(world)
    await group.open()

    assert answer_of(await group.call(operation).send(world, None)) == "401:unauthorized"
