"""A request for each operation that is about no post and no account, sent by or for one person."""

from dataclasses import replace
from typing import Any

from hubbub.notifications import send_notice
from tests.support.devices import subscription_of
from tests.support.operations import NEVER_ID, ROUTES, Call
from tests.support.world import PASSWORD, Person, World

NEW_PASSWORD = "a mountain stands behind the lake"
PATHS: dict[str, dict[str, Any]] = {
    "getTag": {"tag": "spring"},
    "getDocsFile": {"name": "docs.css"},
    "getLinkFile": {"name": "links.css"},
}
QUERIES: dict[str, dict[str, Any]] = {
    "revokeOtherSessions": {"others": "true"},
    "openUnsubscribe": {"token": "nothing"},
    "unsubscribe": {"token": "nothing"},
}


def other_call(operation: str, person: Person) -> Call:
    """One that succeeds when the person may send it."""
    path = PATHS.get(operation, {})
    if "{session_id}" in ROUTES[operation].path:
        path = {"session_id": person.session_id}
    query = QUERIES.get(operation, {})
    return Call(operation, path, query, _body(operation, person))


async def with_list(world: World, call: Call, owner: Person) -> Call:
    """The call, about a list, a device or a notification of the owner's if it is about one."""
    if "subscription_id" in call.route.parameters:
        made = await world.post(
            "/v1/push/subscriptions", by=owner, json=_body("createPushSubscription", owner)
        )
        return replace(call, path={**call.path, "subscription_id": made.json()["id"]})
    if "notification" in call.route.parameters:
        notice_id = await world.db.write(lambda tx: send_notice(tx, account_id=owner.id, text="Be kind"))
        return replace(call, path={**call.path, "notification": f"moderation-{notice_id}"})
    if "list_id" not in call.route.parameters:
        return call
    made = await world.post("/v1/lists", by=owner, json={"title": "People"})
    return replace(call, path={**call.path, "list_id": made.json()["id"]})


def any_call(operation: str) -> Call:
    """About what never was, for answers that do not depend on it."""
    path: dict[str, Any] = dict.fromkeys(ROUTES[operation].parameters, NEVER_ID)
    return Call(operation, path)


def _body(operation: str, person: Person) -> Any:
    proof = {"password": PASSWORD}
    bodies: dict[str, Any] = {
        "register": {"handle": "newcomer", "email": "new@example.org", "password": NEW_PASSWORD},
        "login": {"login": person.handle, "password": PASSWORD},
        "refresh": {"refresh_token": person.refresh_token or "nothing"},
        "reauthenticate": proof,
        "renameSession": {"name": "Kitchen"},
        "changePassword": {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
        "forgetPassword": {"email": f"{person.handle}@example.org"},
        "resetPassword": {"token": "nothing", "new_password": NEW_PASSWORD},
        "verifyEmail": {"token": "nothing"},
        "changeEmail": {"email": f"{person.handle}2@example.org", "password": PASSWORD},
        "confirmTotp": {"code": "123456"},
        "updateMe": {"display_name": "Somebody else"},
        "deleteMe": proof,
        "deactivateMe": proof,
        "updatePreferences": {"theme": "dark"},
        "createPost": {"text": "A few words"},
        "createPushSubscription": {"web": subscription_of("https://push.example.org/1")},
        "updatePushSubscription": {"shows_text": True},
        "updateMailPreferences": {"digest": "daily"},
        "createList": {"title": "Friends"},
        "createConversation": {"account_ids": [], "name": "Choir"},
        "updateMessagePreferences": {"who_may_write": "nobody"},
        "updateList": {"title": "Family"},
        "updateStreamPreferences": {"presence": "nobody"},
        "readNotifications": {"up_to": "7"},
        "updateNotificationPreferences": {"policy": {"new_accounts": "filter"}},
    }
    return bodies.get(operation)
