"""Each operation that is not idempotent by its method is by its key: none can be added that ignores it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pyotp
import pytest

from hubbub.push import unsubscribe_url
from tests.support.devices import subscription_of
from tests.support.identity import log_in_as
from tests.support.mails import received
from tests.support.operations import ROUTES, Call
from tests.support.world import PASSWORD, Person, World

KEY = "a key of one's own"
NEW_PASSWORD = "a mountain stands behind the lake"
OPERATIONS = sorted(name for name, route in ROUTES.items() if route.method in ("POST", "PATCH"))
# They end the session that sends them, and with it the right to ask again.
ENDING = {"logout", "deactivateMe"}
# Strangers may choose the same key: without a token it belongs to the very request.
OF_STRANGERS = {name for name in OPERATIONS if ROUTES[name].auth == "none"}


@dataclass(frozen=True)
class Scene:
    world: World
    ada: Person
    post_id: str
    list_id: str
    bo: Person
    message: dict[str, Any]
    """Of Ada's, in a group of hers that Bo is in."""

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        reply = await self.world.request(method, path, by=self.ada, json=body)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    async def token(self) -> str:
        return (await received(self.world, f"{self.ada.handle}@example.org"))[-1].token


async def no_body(scene: Scene) -> None:
    return None


def body(**fields: Any) -> Callable[[Scene], Awaitable[dict[str, Any]]]:
    async def make(scene: Scene) -> dict[str, Any]:
        return fields

    return make


async def refresh_token(scene: Scene) -> dict[str, Any]:
    return {"refresh_token": (await log_in_as(scene.world, scene.ada)).refresh_token}


async def reset_token(scene: Scene) -> dict[str, Any]:
    await scene.ask("POST", "/v1/auth/password/forgot", {"email": f"{scene.ada.handle}@example.org"})
    return {"token": await scene.token(), "new_password": NEW_PASSWORD}


async def unverified(scene: Scene) -> None:
    await scene.world.rows("UPDATE credentials SET email_verified_at = NULL")


async def verify_token(scene: Scene) -> dict[str, Any]:
    await unverified(scene)
    await scene.ask("POST", "/v1/auth/email/resend")
    return {"token": await scene.token()}


async def totp_code(scene: Scene) -> dict[str, Any]:
    secret = (await scene.ask("POST", "/v1/auth/totp"))["secret"]
    return {"code": pyotp.TOTP(secret).now()}


async def totp_on(scene: Scene) -> None:
    await scene.ask("POST", "/v1/auth/totp/confirm", await totp_code(scene))


async def subscription_id(scene: Scene) -> str:
    web = subscription_of("https://push.example.org/0")
    made: dict[str, str] = await scene.ask("POST", "/v1/push/subscriptions", {"web": web})
    return made["id"]


def unsubscribe_token(scene: Scene) -> str:
    url = unsubscribe_url(scene.world.services.keyring, "", account_id=scene.ada.id, kind="digest")
    return url.partition("token=")[2]


async def asked(scene: Scene) -> None:
    await scene.world.rows(
        "UPDATE conversation_members SET state = 'requested' WHERE account_id = $1", scene.ada.id
    )


async def up_to(scene: Scene) -> dict[str, Any]:
    return {"up_to": scene.message["id"]}


# What each is sent so that it succeeds. An operation that is missing here fails its test.
BODIES: dict[str, Callable[[Scene], Awaitable[Any]]] = {
    "acceptMessageRequest": asked,
    "changeEmail": body(email="new@example.org", password=PASSWORD),
    "changeMemberRole": body(role="admin"),
    "changePassword": body(current_password=PASSWORD, new_password=NEW_PASSWORD),
    "confirmTotp": totp_code,
    "createComment": body(text="An answer"),
    "createConversation": body(name="Choir", account_ids=[]),
    "createList": body(title="Friends"),
    "createPushSubscription": body(web=subscription_of("https://push.example.org/1")),
    "createStreamTicket": no_body,
    "createPost": body(text="A few words"),
    "deactivateMe": body(password=PASSWORD),
    "declineMessageRequest": asked,
    "editMessage": body(text="Other words"),
    "editPost": body(text="Other words"),
    "forgetPassword": body(email="ada@example.org"),
    "login": body(login="ada", password=PASSWORD),
    "logout": no_body,
    "markDelivered": up_to,
    "markRead": up_to,
    "readNotifications": body(up_to="2"),
    "reauthenticate": body(password=PASSWORD),
    "refresh": refresh_token,
    "register": body(handle="newcomer", email="newcomer@example.org", password=NEW_PASSWORD),
    "renameSession": body(name="Kitchen"),
    "renewRecoveryCodes": totp_on,
    "resendVerification": unverified,
    "resetPassword": reset_token,
    "sendMessage": body(text="A few words"),
    "startTotp": no_body,
    "updateConversation": body(name="Band"),
    "updateList": body(title="Family"),
    "unsubscribe": no_body,
    "updateMailPreferences": body(digest="daily"),
    "updateMe": body(display_name="Ada L."),
    "updateMessagePreferences": body(who_may_write="nobody"),
    "updateNotificationPreferences": body(kinds={"like": {"mail": True}}),
    "updatePreferences": body(theme="dark"),
    "updatePushSubscription": body(shows_text=True),
    "updateStreamPreferences": body(presence="nobody"),
    "verifyEmail": verify_token,
}


# Another body that is good too, where adding a letter to the first field would spoil it.
OTHER_BODIES: dict[str, Callable[[Scene], Awaitable[Any]]] = {
    "createPushSubscription": body(web=subscription_of("https://push.example.org/2")),
    "changeMemberRole": body(role="member"),
    "markDelivered": body(up_to="1"),
    "markRead": body(up_to="1"),
    "readNotifications": body(up_to="1"),
    "reauthenticate": body(password=PASSWORD, totp="123456"),
    "updateMessagePreferences": body(who_may_write="followed"),
    "updateMailPreferences": body(digest="weekly"),
    "updatePushSubscription": body(shows_text=False),
    "updateNotificationPreferences": body(kinds={"like": {"mail": False}}),
    "updatePreferences": body(theme="light"),
    "updateStreamPreferences": body(presence="everyone"),
}


@pytest.fixture
async def scene(world: World) -> Scene:
    ada = await world.person("ada")
    made = await world.post("/v1/lists", by=ada, json={"title": "People"})
    bo = await world.person("bo")
    group = {"name": "People", "account_ids": [str(bo.id)]}
    conversation = (await world.post("/v1/conversations", by=ada, json=group)).json()
    path = f"/v1/conversations/{conversation['id']}/messages"
    message = (await world.post(path, by=ada, json={"text": "Hello"})).json()
    return Scene(world, ada, (await world.write(ada))["id"], made.json()["id"], bo, message)


async def call_of(scene: Scene, operation: str) -> Call:
    known = {
        "post_id": scene.post_id,
        "session_id": scene.ada.session_id,
        "list_id": scene.list_id,
        "account_id": scene.bo.id,
        "conversation_id": scene.message["conversation_id"],
        "message_id": scene.message["id"],
    }
    if operation == "updatePushSubscription":
        known["subscription_id"] = await subscription_id(scene)
    path = {name: known[name] for name in ROUTES[operation].parameters}
    query = {"token": unsubscribe_token(scene)} if operation == "unsubscribe" else {}
    return Call(operation, path, query, body=await BODIES[operation](scene), headers={"Idempotency-Key": KEY})


async def send(scene: Scene, call: Call) -> httpx.Response:
    return await call.send(scene.world, scene.ada if call.route.auth != "none" else None)


async def altered(scene: Scene, call: Call) -> Call:
    """The same with another body, or for want of a body another query."""
    if call.operation in OTHER_BODIES:
        return replace(call, body=await OTHER_BODIES[call.operation](scene))
    if not call.body:
        return replace(call, query={"another": "1"})
    name, value = next(iter(call.body.items()))
    return replace(call, body={**call.body, name: value + "1"})


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_same_request_is_answered_with_the_first_reply(scene: Scene, operation: str) -> None:
    call = await call_of(scene, operation)

    first = await send(scene, call)
    rows = await scene.world.value("SELECT count(*) FROM outbox")
    again = await send(scene, call)

    assert first.status_code < 300, first.text
    assert "Idempotency-Replayed" not in first.headers
    if operation in ENDING:
        assert again.status_code == 401
        return
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await scene.world.value("SELECT count(*) FROM outbox") == rows


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - ENDING - OF_STRANGERS))
async def test_the_same_key_with_another_request_is_refused(scene: Scene, operation: str) -> None:
    call = await call_of(scene, operation)
    await send(scene, call)

    other = await send(scene, await altered(scene, call))

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch"), other.text
