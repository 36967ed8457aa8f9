"""Devices that notifications are pushed to."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()


def subscription_of(endpoint: str) -> dict[str, Any]:
    """As a browser gives it, of one that never reads what it is sent."""
    point = _KEY.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"endpoint": endpoint, "keys": {"p256dh": _encode(point), "auth": _encode(bytes(16))}}


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
