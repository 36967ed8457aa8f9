"""Where a push goes: what a device has told us, checked when it is told and sealed while it is kept."""

import base64
import binascii
import re
from typing import TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from hubbub.platform.secrets import Keyring

_PURPOSE = "push target"
_AUTH_BYTES = 16
_FCM_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
# Sixty-four digits today; Apple says not to rely on it.
_APNS_TOKEN = re.compile(r"(?:[0-9a-fA-F]{2}){8,100}")


class WebTarget(msgspec.Struct, frozen=True, tag="web"):
    endpoint: str
    public_key: bytes
    auth: bytes


class FcmTarget(msgspec.Struct, frozen=True, tag="fcm"):
    token: str


class ApnsTarget(msgspec.Struct, frozen=True, tag="apns"):
    token: str
    is_sandbox: bool


Target: TypeAlias = WebTarget | FcmTarget | ApnsTarget


def web_target(*, endpoint: str, p256dh: str, auth: str) -> WebTarget:
    """The keys as browsers give them. Raises ValueError for those that nothing could be encrypted with."""
    public_key, secret = _decode(p256dh), _decode(auth)
    if len(secret) != _AUTH_BYTES:
        raise ValueError("auth")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    return WebTarget(endpoint, public_key, secret)


def fcm_target(token: str) -> FcmTarget:
    """Raises ValueError."""
    if not _FCM_TOKEN.fullmatch(token):
        raise ValueError("token")
    return FcmTarget(token)


def apns_target(token: str, *, is_sandbox: bool) -> ApnsTarget:
    """Raises ValueError. It becomes part of a path, so it is hexadecimal and nothing else."""
    if not _APNS_TOKEN.fullmatch(token):
        raise ValueError("token")
    return ApnsTarget(token.lower(), is_sandbox)


def seal_target(keyring: Keyring, target: Target) -> bytes:
    return keyring.seal(_PURPOSE, msgspec.json.encode(target))


def open_target(keyring: Keyring, sealed: bytes) -> Target:
    """Raises Unsealable."""
    found: Target = msgspec.json.decode(keyring.unseal(_PURPOSE, sealed), type=Target)
    return found


def hash_of_target(keyring: Keyring, target: Target) -> bytes:
    """What tells whether a device is known already."""
    address = target.endpoint if isinstance(target, WebTarget) else target.token
    return keyring.mac(_PURPOSE, f"{type(target).__name__} {address}".encode())


def _decode(text: str) -> bytes:
    """Base64url with or without its padding. Raises ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), "-_", validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error
