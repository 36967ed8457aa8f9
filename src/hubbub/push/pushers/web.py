"""Web push: RFC 8030, encrypted for the browser alone by RFC 8291."""

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from hubbub.errors import Invalid, Unavailable
from hubbub.platform.outgoing import Outgoing, OutgoingFailed
from hubbub.push.messages import Message, Push
from hubbub.push.pushers.outcome import SENT, Outcome, busy, is_busy
from hubbub.push.targets import WebTarget
from hubbub.push.vapid import Vapid

# Services take 4,096 bytes with the header and tag of the encryption.
MAX_PLAIN_BYTES = 3900


class WebPusher:
    def __init__(self, outgoing: Outgoing, vapid: Vapid) -> None:
        self._outgoing = outgoing
        self._vapid = vapid

    async def send(self, target: WebTarget, push: Push) -> Outcome:
        try:
            to = self._outgoing.rules.read(target.endpoint)
            headers = {
                "authorization": await self._vapid.authorization(to.origin),
                "content-encoding": "aes128gcm",
                "content-type": "application/octet-stream",
                "ttl": str(push.ttl_seconds),
                "topic": push.topic,
                "urgency": push.message.urgency,
            }
            body = encrypt(encode_within(push.message, MAX_PLAIN_BYTES), target)
            answer = await self._outgoing.send("POST", to, headers=headers, body=body)
        except Invalid:
            return Outcome("gone", "url not allowed")
        except OutgoingFailed as error:
            return Outcome("later", str(error))
        except Unavailable as error:
            return Outcome("later", error.detail)
        if 200 <= answer.status < 300:
            return SENT
        if answer.status in (404, 410):
            return Outcome("gone", f"status {answer.status}")
        return busy(answer) if is_busy(answer) else Outcome("dropped", f"status {answer.status}")


def encrypt(plain: bytes, target: WebTarget) -> bytes:
    """With a key pair and a salt of its own, as each push must have."""
    encrypted: bytes = http_ece.encrypt(
        plain,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=target.public_key,
        auth_secret=target.auth,
        version="aes128gcm",
    )
    return encrypted


def encode_within(message: Message, most_bytes: int) -> bytes:
    """JSON of the message, its text cut until it fits."""
    raw = msgspec.json.encode(message)
    while len(raw) > most_bytes and message.body:
        message = msgspec.structs.replace(message, body=message.body[: len(message.body) // 2])
        raw = msgspec.json.encode(message)
    return raw
