"""Firebase Cloud Messaging, HTTP v1."""

import asyncio
import time
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import msgspec

from hubbub.platform.outgoing import Answer, Outgoing, OutgoingFailed
from hubbub.push.messages import Message, Push
from hubbub.push.pushers.outcome import SENT, Outcome, busy, is_busy
from hubbub.push.targets import FcmTarget

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 3600
# A token is renewed this long before it ends, so that none ends on the way.
MARGIN_SECONDS = 300.0
FORM = "application/x-www-form-urlencoded"


class ServiceAccount(msgspec.Struct, frozen=True):
    """What is needed of the file that Firebase gives out."""

    project_id: str
    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - where tokens are asked for


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 3600.0


class _Failed(Exception):
    """No token; holds what becomes of the push."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class FcmPusher:
    def __init__(self, outgoing: Outgoing, account: ServiceAccount, *, url: str) -> None:
        self._outgoing = outgoing
        self._account = account
        self._url = f"{url.rstrip('/')}/v1/projects/{quote(account.project_id, safe='')}/messages:send"
        self._token = ""
        self._renew_at = 0.0
        self._turn = asyncio.Lock()

    async def send(self, target: FcmTarget, push: Push) -> Outcome:
        body = msgspec.json.encode({"message": compose(target, push)})
        try:
            token = await self._bearer()
            answer = await self._post(token, body)
            if answer.status == 401:
                answer = await self._post(await self._bearer(unlike=token), body)
        except OutgoingFailed as error:
            return Outcome("later", str(error))
        except _Failed as error:
            return error.outcome
        return judge(answer)

    async def _post(self, token: str, body: bytes) -> Answer:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return await self._outgoing.send("POST", self._url, headers=headers, body=body)

    async def _bearer(self, *, unlike: str = "") -> str:
        """The access token, asked for once however many need it; another than `unlike`, which was refused."""
        async with self._turn:
            if not self._token or self._token == unlike or time.monotonic() >= self._renew_at:
                found = await self._ask()
                self._token = found.access_token
                self._renew_at = time.monotonic() + max(found.expires_in - MARGIN_SECONDS, 0.0)
            return self._token

    async def _ask(self) -> _Token:
        now = int(time.time())
        claims = {
            "iss": self._account.client_email,
            "scope": SCOPE,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        assertion = jwt.encode(claims, self._account.private_key, algorithm="RS256")
        body = urlencode({"grant_type": GRANT, "assertion": assertion}).encode()
        answer = await self._outgoing.send(
            "POST", self._account.token_uri, headers={"content-type": FORM}, body=body
        )
        if answer.status != 200:
            raise _Failed(Outcome("later", f"no access token: status {answer.status}"))
        try:
            return msgspec.json.decode(answer.body, type=_Token)
        except msgspec.DecodeError as error:
            raise _Failed(Outcome("later", "no access token in the answer")) from error


def compose(target: FcmTarget, push: Push) -> dict[str, Any]:
    """The `Message` of the API, whose `data` holds strings only."""
    message, ttl = push.message, push.ttl_seconds
    is_high = message.urgency == "high"
    return {
        "token": target.token,
        "notification": {"title": message.title, "body": message.body},
        "data": data_of(message),
        "android": {
            "collapse_key": push.topic,
            "priority": "HIGH" if is_high else "NORMAL",
            "ttl": f"{ttl}s",
            "notification": {"tag": push.topic},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": push.topic,
                "apns-priority": "10" if is_high else "5",
                "apns-expiration": str(int(time.time()) + ttl),
            }
        },
        "webpush": {"headers": {"Topic": push.topic, "TTL": str(ttl), "Urgency": message.urgency}},
    }


def data_of(message: Message) -> dict[str, str]:
    return {"type": message.type, "kind": message.kind, "account_id": message.account_id, **message.ids}


def judge(answer: Answer) -> Outcome:
    """By the error codes of https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode."""
    if answer.status == 200:
        return SENT
    code, field = _error(answer.body)
    reason = f"status {answer.status} {code}".strip()
    is_bad_token = code == "INVALID_ARGUMENT" and field == "message.token"
    if code in ("UNREGISTERED", "SENDER_ID_MISMATCH") or is_bad_token:
        return Outcome("gone", reason)
    if is_busy(answer) or answer.status == 401 or code == "THIRD_PARTY_AUTH_ERROR":
        return busy(answer)
    return Outcome("dropped", reason)


def _error(body: bytes) -> tuple[str, str]:
    """The code of FCM's own detail, else the status; and the field that is at fault, if one is."""
    try:
        error = msgspec.json.decode(body)["error"]
        details = [detail for detail in error.get("details", ()) if isinstance(detail, dict)]
        codes = [str(detail["errorCode"]) for detail in details if "errorCode" in detail]
        fields = [
            str(violation["field"]) for detail in details for violation in detail.get("fieldViolations", ())
        ]
        return (codes or [str(error.get("status", ""))])[0], (fields or [""])[0]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return "", ""
