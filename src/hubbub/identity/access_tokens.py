"""Access tokens: short-lived JWTs (EdDSA) of one spelling only, verified once and then remembered."""

import base64
import binascii
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated, Literal

import jwt
import msgspec
from msgspec import Meta

from hubbub.identity.errors import InvalidToken
from hubbub.identity.signing_keys import SigningKeys
from hubbub.platform.ids import MAX_ID

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
AUDIENCE = "hubbub"
MAX_LENGTH = 1024
REMEMBERED = 50_000
REQUIRED = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)

Seconds = Annotated[int, Meta(ge=0, le=2**40)]
IdText = Annotated[str, Meta(pattern="^[1-9][0-9]{0,18}$")]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No key, no address of a key and no extension is ever taken from a token."""

    alg: Literal["EdDSA"]
    typ: Literal["at+jwt"]
    kid: Annotated[str, Meta(min_length=1, max_length=40)]


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    iss: str
    aud: str
    sub: IdText
    sid: IdText
    iat: Seconds
    exp: Seconds
    jti: Annotated[str, Meta(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What a verified token says."""

    account_id: int
    session_id: int
    expires_at: int
    kid: str


class AccessTokens:
    def __init__(self, keys: SigningKeys, *, issuer: str, ttl_seconds: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self.ttl_seconds = ttl_seconds
        self._known: OrderedDict[bytes, AccessGrant] = OrderedDict()

    async def issue(self, account_id: int, session_id: int) -> str:
        kid, key = await self._keys.signer()
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + self.ttl_seconds,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": kid})

    async def verify(self, token: str) -> AccessGrant:
        """What the token grants; remembered until it ends. Raises InvalidToken."""
        if len(token) > MAX_LENGTH or not token.isascii():
            raise InvalidToken("size")
        digest = hashlib.sha256(token.encode()).digest()
        grant = self._known.get(digest)
        if grant is not None and self._keys.knows(grant.kid):
            if grant.expires_at <= time.time():
                del self._known[digest]
                raise InvalidToken("expired")
            return grant
        grant = await self._verify(token)
        self._known[digest] = grant
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return grant

    async def _verify(self, token: str) -> AccessGrant:
        if not _SHAPE.fullmatch(token):
            raise InvalidToken("shape")
        header, _, signature = token.split(".")
        _decode(signature)
        try:
            kid = msgspec.json.decode(_decode(header), type=_Header).kid
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InvalidToken(f"header: {error}") from error
        key = await self._keys.find(kid)
        if key is None:
            raise InvalidToken("unknown key")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                # A process whose clock is a second behind must take what another has just issued.
                options={"require": REQUIRED, "verify_iat": False, "strict_aud": True},
            )
            read = msgspec.convert(claims, _Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise InvalidToken(f"{type(error).__name__}: {error}") from error
        account_id, session_id = int(read.sub), int(read.sid)
        if account_id > MAX_ID or session_id > MAX_ID:
            raise InvalidToken("ids")
        return AccessGrant(account_id, session_id, read.exp, kid)


def _decode(segment: str) -> bytes:
    """Strictly: of the spellings that decode to the same bytes only the canonical one is taken."""
    try:
        raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidToken("encoding") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise InvalidToken("another spelling")
    return raw
