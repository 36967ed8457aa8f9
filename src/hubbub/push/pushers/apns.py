"""Apple's push service, over HTTP/2 with a provider token."""

import time
from dataclasses import dataclass
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from hubbub.platform.outgoing import Answer, Outgoing, OutgoingFailed
from hubbub.push.messages import Push
from hubbub.push.pushers.fcm import data_of
from hubbub.push.pushers.outcome import SENT, Outcome, busy, is_busy
from hubbub.push.targets import ApnsTarget

# Apple wants a token to be no older than an hour, and not to be made anew within twenty minutes.
RENEW_SECONDS = 40 * 60.0
MIN_RENEW_SECONDS = 20 * 60.0
EXPIRED = ("ExpiredProviderToken", "InvalidProviderToken")
GONE = ("BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken")


@dataclass(frozen=True, slots=True)
class ApnsKey:
    private_key: ec.EllipticCurvePrivateKey
    key_id: str
    team_id: str


class ApnsPusher:
    def __init__(self, outgoing: Outgoing, key: ApnsKey, *, topic: str, url: str, sandbox_url: str) -> None:
        """`outgoing` speaks HTTP/2; `topic` is the bundle id of the app."""
        self._outgoing = outgoing
        self._key = key
        self._topic = topic
        self._url = url.rstrip("/")
        self._sandbox_url = sandbox_url.rstrip("/")
        self._token = ""
        self._made_at = float("-inf")

    async def send(self, target: ApnsTarget, push: Push) -> Outcome:
        body = msgspec.json.encode(compose(push))
        try:
            token = self._provider_token()
            answer = await self._post(token, target, push, body)
            if answer.status == 403 and reason_of(answer) in EXPIRED:
                token = self._provider_token(unlike=token)
                answer = await self._post(token, target, push, body)
        except OutgoingFailed as error:
            return Outcome("later", str(error))
        return judge(answer)

    async def _post(self, token: str, target: ApnsTarget, push: Push, body: bytes) -> Answer:
        base = self._sandbox_url if target.is_sandbox else self._url
        headers = {
            "authorization": f"bearer {token}",
            "apns-topic": self._topic,
            "apns-push-type": "alert",
            "apns-collapse-id": push.topic,
            "apns-priority": "10" if push.message.urgency == "high" else "5",
            "apns-expiration": str(int(time.time()) + push.ttl_seconds),
            "content-type": "application/json",
        }
        return await self._outgoing.send(
            "POST", f"{base}/3/device/{target.token}", headers=headers, body=body
        )

    def _provider_token(self, *, unlike: str = "") -> str:
        """Another than `unlike`, which was refused, unless Apple would not have a new one yet."""
        age = time.monotonic() - self._made_at
        is_refused = self._token == unlike and age >= MIN_RENEW_SECONDS
        if not self._token or age >= RENEW_SECONDS or is_refused:
            self._token = jwt.encode(
                {"iss": self._key.team_id, "iat": int(time.time())},
                self._key.private_key,
                algorithm="ES256",
                headers={"kid": self._key.key_id},
            )
            self._made_at = time.monotonic()
        return self._token


def compose(push: Push) -> dict[str, Any]:
    message = push.message
    alert = {"title": message.title, **({"body": message.body} if message.body else {})}
    return {"aps": {"alert": alert, "sound": "default", "thread-id": push.topic}, **data_of(message)}


def judge(answer: Answer) -> Outcome:
    if answer.status == 200:
        return SENT
    reason = reason_of(answer)
    said = f"status {answer.status} {reason}".strip()
    if answer.status == 410 or reason in GONE:
        return Outcome("gone", said)
    if is_busy(answer) or reason in EXPIRED:
        return busy(answer)
    return Outcome("dropped", said)


def reason_of(answer: Answer) -> str:
    try:
        return str(msgspec.json.decode(answer.body)["reason"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
