import httpx
import pytest

from tests.support.engines import TestEngines
from tests.support.operations import ROUTES, Call
from tests.support.snapshots import snapshot_of
from tests.support.world import Person, World
from tests.visibility.requests import other_call, with_list

pytestmark = pytest.mark.asyncio(loop_scope="package")

# What a client must never set by adding it to a body.
FORBIDDEN = (
    *(
        "id",
        "account_id",
        "author_id",
        "owner_id",
        "session_id",
        "role",
        "is_admin",
        "is_staff",
        "permissions",
    ),
    *("state", "is_verified", "email_verified", "email_verified_at", "password_hash", "version", "counts"),
    *(
        "followers_count",
        "likes",
        "created_at",
        "edited_at",
        "deleted_at",
        "root_id",
        "audience",
        "__class__",
    ),
)
# What these are for.
MEANT = {("createConversation", "account_id"), ("changeMemberRole", "role")}
WRITABLE = [route for route in ROUTES.values() if route.body is not None]


@pytest.mark.parametrize("operation", [route.operation for route in WRITABLE])
async def test_forbidden_names_are_refused_and_change_nothing(
    world: World, engines: TestEngines, database_url: str, operation: str
) -> None:
    person, other = await world.person(), await world.person()
    call = await valid_call(world, operation, person, other)
    async with snapshot_of(engines.superuser_url(database_url)) as snapshot:
        wrong = []
        for name in FORBIDDEN:
            if (operation, name) in MEANT:
                continue
            reply = await send_with(world, call, person, name)
            found = [(error["pointer"], error["code"]) for error in reply.json().get("errors", ())]
            if reply.status_code != 422 or found != [(f"/{name}", "unknown_field")]:
                wrong.append((name, reply.status_code, found))

        assert wrong == []
        assert await snapshot.changed_tables() == set()


async def valid_call(world: World, operation: str, person: Person, other: Person) -> Call:
    if operation in ("editPost", "createComment"):
        post = await world.write(person)
        return Call(operation, {"post_id": post["id"]}, body={"text": "Something else"})
    if operation == "voteInPoll":
        post = await world.write(other, poll={"options": ["Tea", "Coffee"], "expires_in": 600})
        return Call(operation, {"post_id": post["id"]}, body={"choices": [0]})
    if operation == "muteAccount":
        return Call(operation, {"account_id": other.id}, body={"scope": "posts"})
    if "conversation_id" in ROUTES[operation].parameters:
        return await group_call(world, operation, person, other)
    return await with_list(world, other_call(operation, person), person)


async def group_call(world: World, operation: str, person: Person, other: Person) -> Call:
    group = {"account_ids": [str(other.id)]}
    id_ = (await world.post("/v1/conversations", by=person, json=group)).json()["id"]
    sent = await world.post(f"/v1/conversations/{id_}/messages", by=person, json={"text": "Words"})
    known = {"conversation_id": id_, "message_id": sent.json()["id"], "account_id": other.id}
    bodies = {
        "updateConversation": {"name": "Band"},
        "changeMemberRole": {"role": "admin"},
        "muteConversation": {"duration_seconds": 60},
        "markRead": {"up_to": sent.json()["id"]},
        "markDelivered": {"up_to": sent.json()["id"]},
    }
    path = {name: known[name] for name in ROUTES[operation].parameters}
    return Call(operation, path, body=bodies.get(operation, {"text": "Other words"}))


async def send_with(world: World, call: Call, by: Person, name: str) -> httpx.Response:
    body = {**call.body, name: "1"}
    return await Call(call.operation, call.path, call.query, body).send(world, by)
