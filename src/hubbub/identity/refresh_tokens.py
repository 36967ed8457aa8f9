"""Refresh tokens: opaque to clients, derivable from their predecessor, told from forgeries without a look-up.

    hbr_ base64url( account id, session id, generation, secret, tag )

The tag says that the token is ours, so only a token that once was valid can be judged as reused: nobody
ends another's session by making one up. A successor's secret is an HMAC of its predecessor's, so racing
refreshes all get the same one while nothing but hashes is stored.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

from hubbub.identity.errors import InvalidRefreshToken
from hubbub.platform.secrets import Keyring

PREFIX = "hbr_"
_IDS = struct.Struct(">QQI")
SECRET_BYTES = 32
TAG_BYTES = 16
MAX_LENGTH = 128


@dataclass(frozen=True, slots=True)
class RefreshToken:
    account_id: int
    session_id: int
    generation: int
    secret: bytes

    @property
    def digest(self) -> bytes:
        """What is stored of it. The secret has 256 random bits, so a fast hash is enough."""
        return hashlib.sha256(self.packed).digest()

    @property
    def packed(self) -> bytes:
        return _IDS.pack(self.account_id, self.session_id, self.generation) + self.secret

    def __repr__(self) -> str:
        return f"RefreshToken(session_id={self.session_id}, generation={self.generation})"


class RefreshTokens:
    def __init__(self, keyring: Keyring) -> None:
        self._successor_key = keyring.derive("refresh successor")
        self._tag_key = keyring.derive("refresh tag")

    def first(self, account_id: int, session_id: int) -> RefreshToken:
        return RefreshToken(account_id, session_id, 0, secrets.token_bytes(SECRET_BYTES))

    def successor(self, token: RefreshToken) -> RefreshToken:
        """Always the same one for the same token."""
        secret = hmac.digest(self._successor_key, token.packed, "sha256")
        return RefreshToken(token.account_id, token.session_id, token.generation + 1, secret)

    def write(self, token: RefreshToken) -> str:
        raw = token.packed + self._tag(token.packed)
        return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def read(self, text: str) -> RefreshToken:
        """Raises InvalidRefreshToken for everything that `write` did not make."""
        raw = _decode(text)
        packed, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
        if len(packed) != _IDS.size + SECRET_BYTES or not hmac.compare_digest(tag, self._tag(packed)):
            raise InvalidRefreshToken("not ours")
        account_id, session_id, generation = _IDS.unpack_from(packed)
        token = RefreshToken(account_id, session_id, generation, packed[_IDS.size :])
        if self.write(token) != text:
            raise InvalidRefreshToken("another spelling")
        return token

    def _tag(self, packed: bytes) -> bytes:
        return hmac.digest(self._tag_key, packed, "sha256")[:TAG_BYTES]


def _decode(text: str) -> bytes:
    body = text.removeprefix(PREFIX)
    if body == text or len(text) > MAX_LENGTH:
        raise InvalidRefreshToken("shape")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRefreshToken("encoding") from error
