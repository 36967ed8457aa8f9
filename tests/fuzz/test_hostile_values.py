"""Hostile values in every place of every operation: a documented refusal, cheap, and never a 500."""

import string
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from hubbub.app import build_front
from tests.fuzz.document import document
from tests.fuzz.hostile import Shot, shots
from tests.fuzz.scene import log_in, make_scene
from tests.support.devices import subscription_of
from tests.support.operations import ROUTES
from tests.support.world import PASSWORD, Person, World

DOCUMENT = document()
TEXT = {
    "text": "Words",
    "content_warning": "Why",
    "language": "en",
    "quote": None,
    "reply_policy": "everyone",
}
PROOF = {"password": PASSWORD, "totp": None}
POLL = {"options": ["Tea", "Coffee"], "expires_in": 600, "multiple": True, "hide_counts": False}
BODIES: dict[str, dict[str, Any]] = {
    "register": {"handle": "new", "email": "new@example.org", "password": "x", "display_name": "New"},
    "login": {"login": "mia", "password": "wrong password", "totp": "123456"},
    "refresh": {"refresh_token": "x"},
    "reauthenticate": {"password": "wrong password", "totp": "123456"},
    "renameSession": {"name": "Kitchen"},
    "changePassword": {"current_password": "wrong password", "new_password": "another long password"},
    "forgetPassword": {"email": "nobody@example.org"},
    "resetPassword": {"token": "x", "new_password": "another long password"},
    "verifyEmail": {"token": "x"},
    "changeEmail": {"email": "new@example.org", "password": "wrong password"},
    "confirmTotp": {"code": "123456"},
    "updateMe": {
        "display_name": "Mia",
        "bio": "Words",
        "fields": [{"name": "a", "value": "b"}],
        "links": ["https://example.org/"],
        "locale": "en",
    },
    "deleteMe": {"password": "wrong password", "totp": "123456"},
    "deactivateMe": {"password": "wrong password", "totp": "123456"},
    "updatePreferences": {"theme": "dark", "default_language": "en"},
    "createPost": {**TEXT, "visibility": "public", "reply_to": None, "media_ids": [], "poll": POLL},
    "createComment": {**TEXT, "visibility": None, "poll": None},
    "voteInPoll": {"choices": [0]},
    "editPost": {"text": "Words", "content_warning": None, "language": "en", "visibility": "followers"},
    "createList": {"title": "Friends", "replies": "list", "exclusive": False},
    "updateList": {"title": "Family", "replies": "none", "exclusive": True},
    "createPushSubscription": {
        "web": subscription_of("https://push.example.org/1"),
        "fcm": None,
        "apns": None,
        "shows_text": True,
        "alerts": ["like"],
    },
    "updatePushSubscription": {"shows_text": False, "alerts": None},
    "updateMailPreferences": {"events": True, "digest": "daily"},
    "createConversation": {"account_id": None, "account_ids": [], "name": "Choir", "history": "all"},
    "updateConversation": {"name": "Band", "history": "joined"},
    "sendMessage": {"text": "Words", "reply_to": None, "client_id": "a1"},
    "editMessage": {"text": "Words"},
    "changeMemberRole": {"role": "admin"},
    "muteConversation": {"duration_seconds": 60},
    "markRead": {"up_to": "7"},
    "markDelivered": {"up_to": "7"},
    "updateMessagePreferences": {"who_may_write": "nobody", "read_receipts": True},
    "updateStreamPreferences": {"presence": "nobody"},
    "readNotifications": {"up_to": "7"},
    "updateNotificationPreferences": {
        "kinds": {"like": {"in_app": True, "mail": False}},
        "policy": {"new_accounts": "filter", "not_following": "drop"},
        "quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Europe/Berlin"},
    },
    "muteAccount": {"scope": "all", "duration_seconds": 60},
}
# Of work, not of waiting for others on the same machine.
MOST_SECONDS = 1.0


def test_every_operation_with_a_body_is_shot_at() -> None:
    assert {name for name, route in ROUTES.items() if route.body} <= set(BODIES)


@pytest.mark.parametrize("operation", ROUTES)
async def test_hostile_values_are_refused_as_documented(world: World, operation: str) -> None:
    route = ROUTES[operation]
    me, stand_ins = await make_scene(world)
    ids = path_ids(operation, me, list(stand_ins.values()))
    wrong: list[str] = []
    transport = httpx.ASGITransport(app=build_front(world.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        token = me.token
        for shot in shots(route, ids, BODIES.get(operation)):
            started = time.process_time()
            reply = await fire(http, route.method, shot, token)
            seconds = time.process_time() - started
            problem = problem_of(reply, operation)
            if problem or seconds > MOST_SECONDS:
                wrong.append(f"{shot.what}: {problem or f'{seconds:.1f} s of work'}")
            if reply.is_success and operation in ("logout", "revokeSession", "revokeOtherSessions"):
                token = await log_in(world, me.id)

    assert wrong == []


async def fire(http: httpx.AsyncClient, method: str, shot: Shot, token: str) -> httpx.Response:
    """As raw as it was written: no client tidies it up. Bare dots would lead it to another operation."""
    target = quote(f"{shot.path}?{shot.query}", safe=string.printable).replace("/..", "/%2e%2e")
    url = httpx.URL("http://test").copy_with(raw_path=target.encode())
    headers = {"Authorization": f"Bearer {token}"}
    if shot.body is not None:
        headers["Content-Type"] = "application/json"
    return await http.send(httpx.Request(method, url, headers=headers, content=shot.body))


def problem_of(reply: httpx.Response, operation: str) -> str | None:
    route = ROUTES[operation]
    documented = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]
    if reply.status_code >= 500:
        return f"{reply.status_code} {reply.text[:100]}"
    # Broken paths belong to no operation: a hidden spelling of one is 404, bytes that are no text 400.
    if str(reply.status_code) not in {*documented, "404", "400"}:
        return f"undocumented {reply.status_code}"
    media_type = reply.headers.get("content-type", "")
    if reply.status_code >= 400 and media_type != "application/problem+json":
        return f"{reply.status_code} as {media_type}"
    return None


def path_ids(operation: str, me: Person, ids: list[str]) -> dict[str, Any]:
    known = {"post_id": ids[0], "account_id": ids[7], "session_id": me.session_id, "list_id": ids[11]}
    known |= {"subscription_id": ids[12], "conversation_id": ids[13], "message_id": ids[14]}
    named = {
        "handle": "otto",
        "tag": "spring",
        "name": "docs.js",
        "emoji": "%F0%9F%91%8D",
        "notification": "follow-20000",
    }
    return {name: {**known, **named}[name] for name in ROUTES[operation].parameters}
