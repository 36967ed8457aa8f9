"""The key by which push services of browsers know this server (RFC 8292), made once and sealed at rest."""

import base64
import time
from collections import OrderedDict

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hubbub.errors import Unavailable
from hubbub.platform.db import Database, Tx
from hubbub.platform.secrets import Keyring, Unsealable
from hubbub.push.queries import keys as queries

_PURPOSE = "push key"
_CURVE = ec.SECP256R1()
_SCALAR_BYTES = 32
# The RFC allows a day; services with clocks of their own refuse what is near to it.
TOKEN_SECONDS = 12 * 3600
RENEW_SECONDS = 6 * 3600
MAX_ORIGINS = 1000


class Vapid:
    """One per process. The key is read, or made, when it is first asked for."""

    def __init__(self, db: Database, keyring: Keyring, *, contact: str) -> None:
        self._db = db
        self._keyring = keyring
        self._contact = contact
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._tokens: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def public_key(self) -> str:
        """The application server key that browsers subscribe with: base64url without padding."""
        return _encode(_point(await self._load()))

    async def authorization(self, origin: str) -> str:
        """The header's value for requests to a push service."""
        token, made_at = self._tokens.get(origin, ("", 0.0))
        now = time.time()
        if not token or not 0 <= now - made_at < RENEW_SECONDS:
            claims = {"aud": origin, "exp": int(now) + TOKEN_SECONDS, "sub": self._contact}
            token = jwt.encode(claims, await self._load(), algorithm="ES256")
            self._tokens[origin] = (token, now)
            if len(self._tokens) > MAX_ORIGINS:
                self._tokens.popitem(last=False)
        return f"vapid t={token}, k={await self.public_key()}"

    async def _load(self) -> ec.EllipticCurvePrivateKey:
        """One that another secret key has sealed is replaced: so are all the devices that were told of it,
        and a process that just has the wrong secret key has not got this far.
        """
        if self._key is None:
            async with self._db.connection() as tx:
                sealed = await queries.select_key(tx)
            raw = self._open(sealed)
            if raw is None:
                raw = self._open(await self._db.write(lambda tx: self._make(tx, sealed)))
            if raw is None:
                raise Unavailable("the push key was sealed with another HUBBUB_SECRET_KEY")
            self._key = ec.derive_private_key(int.from_bytes(raw), _CURVE)
        return self._key

    def _open(self, sealed: bytes | None) -> bytes | None:
        try:
            return None if sealed is None else self._keyring.unseal(_PURPOSE, sealed)
        except Unsealable:
            return None

    async def _make(self, tx: Tx, old: bytes | None) -> bytes | None:
        key = ec.generate_private_key(_CURVE)
        raw = key.private_numbers().private_value.to_bytes(_SCALAR_BYTES)
        point, sealed = _point(key), self._keyring.seal(_PURPOSE, raw)
        if old is None:
            await queries.insert_key(tx, public_key=point, sealed_private_key=sealed)
        else:
            await queries.update_key(tx, old=old, public_key=point, sealed_private_key=sealed)
        return await queries.select_key(tx)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
