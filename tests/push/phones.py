"""A world that pushes to phones, and the two services that it asks, standing on this machine."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hubbub.settings import PushSettings, Secret, Settings
from tests.push.servers import Http2Service, Received, Said, Service, listening
from tests.support.world import Person, World, open_world

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
FCM_TOKEN = "dQw4w9WgXcQ:APA91b-one.token_of"
APNS_TOKEN = "ab12" * 16


def pem(key: Any) -> str:
    text: str = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text


class Google(Service):
    """Gives out access tokens for signed assertions, and takes messages that carry the newest of them."""

    def __init__(self) -> None:
        super().__init__(self._serve)
        self.tokens = 0
        self.expires_in = 3600

    @property
    def sent(self) -> list[Received]:
        return self.at("/v1/projects/hubbub-test/messages:send")

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(request.body)["message"] for request in self.sent]

    def expire(self) -> None:
        """What was given out is good no more."""
        self.tokens += 1

    def _serve(self, request: Received) -> Said:
        return self._token(request) if request.path == "/token" else self._take(request)

    def _token(self, request: Received) -> Said:
        form = request.form
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            form["assertion"], RSA_KEY.public_key(), algorithms=["RS256"], audience=f"{self.url}/token"
        )
        assert (claims["iss"], claims["scope"].rpartition("/")[2]) == (
            "push@hubbub-test",
            "firebase.messaging",
        )
        self.tokens += 1
        said = {"access_token": f"token {self.tokens}", "expires_in": self.expires_in, "token_type": "Bearer"}
        return Said(200, json.dumps(said).encode())

    def _take(self, request: Received) -> Said:
        if request.headers["authorization"] != f"Bearer token {self.tokens}":
            return google_error(401, "UNAUTHENTICATED")
        return Said(200, b'{"name":"projects/hubbub-test/messages/1"}')


def google_error(status: int, code: str, *, field: str = "") -> Said:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details: list[dict[str, Any]] = [{"@type": kind, "errorCode": code}]
    if field:
        details.append({"fieldViolations": [{"field": field, "description": "Invalid"}]})
    return Said(status, json.dumps({"error": {"code": status, "details": details}}).encode())


class Apple(Http2Service):
    """Takes what has a provider token that is signed as it should be."""

    def __init__(self) -> None:
        super().__init__(self._take)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.received]

    def _take(self, request: Received) -> Said:
        token = request.headers["authorization"].removeprefix("bearer ")
        claims = jwt.decode(token, EC_KEY.public_key(), algorithms=["ES256"])
        assert (claims["iss"], jwt.get_unverified_header(token)["kid"]) == ("TEAM123456", "KEY1234567")
        return Said(200)


def apple_error(status: int, reason: str) -> Said:
    return Said(status, json.dumps({"reason": reason}).encode())


@dataclass(frozen=True)
class Phones:
    world: World
    google: Google
    apple: Apple

    async def register(self, person: Person, **target: Any) -> dict[str, Any]:
        reply = await self.world.post("/v1/push/subscriptions", by=person, json=target)
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def android(self, person: Person, **more: Any) -> dict[str, Any]:
        return await self.register(person, fcm={"token": FCM_TOKEN}, **more)

    async def iphone(self, person: Person, **more: Any) -> dict[str, Any]:
        return await self.register(person, apns={"token": APNS_TOKEN.upper()}, **more)


@asynccontextmanager
async def open_phones(settings: Settings, folder: Path) -> AsyncIterator[Phones]:
    """Google's credentials are given as text, Apple's key as a file."""
    async with listening(Google()) as google, listening(Apple()) as apple:
        assert isinstance(google, Google)
        assert isinstance(apple, Apple)
        account = {"project_id": "hubbub-test", "client_email": "push@hubbub-test", "type": "service_account"}
        account |= {"private_key": pem(RSA_KEY), "token_uri": f"{google.url}/token"}
        key = folder / "AuthKey.p8"
        key.write_text(pem(EC_KEY))
        push = PushSettings(
            fcm_credentials=Secret(json.dumps(account)),
            fcm_url=google.url,
            apns_key=Secret(str(key)),
            apns_key_id="KEY1234567",
            apns_team_id="TEAM123456",
            apns_topic="org.example.hubbub",
            apns_url=apple.url,
            apns_sandbox_url=apple.url,
        )
        async with open_world(replace(settings, push=push)) as world:
            yield Phones(world, google, apple)
