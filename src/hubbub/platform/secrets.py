"""One secret key from which a key for each purpose is derived; sealing of what is kept at rest."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Unsealable(Exception):
    """The bytes were sealed with another key or for another purpose, or were changed."""


class WrongSecretKey(Exception):
    """What this database holds was sealed with another one: sessions and second factors would be lost."""


class Keyring:
    """Derived keys by purpose. Rotating the secret key makes everything sealed with it unreadable."""

    def __init__(self, secret_key: str) -> None:
        self._root = hashlib.sha256(secret_key.encode()).digest()

    def derive(self, purpose: str) -> bytes:
        """32 bytes that differ for each purpose (HMAC-SHA256 of the purpose under the root key)."""
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 (32 bytes) of the message under the purpose's key."""
        return hmac.digest(self.derive(purpose), message, "sha256")

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """AES-256-GCM with a random nonce in front; bound to the purpose."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.derive(purpose)).encrypt(nonce, plain, purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Raises Unsealable."""
        try:
            return AESGCM(self.derive(purpose)).decrypt(sealed[:12], sealed[12:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable(purpose) from error
