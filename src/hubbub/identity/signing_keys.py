"""The keys that access tokens are signed with: published before they sign, verifiable after they retire."""

import base64
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hubbub.errors import Unavailable
from hubbub.identity.queries import signing_keys as queries
from hubbub.platform.db import Database, Tx
from hubbub.platform.secrets import Keyring, Unsealable, WrongSecretKey

log = logging.getLogger("hubbub.identity")

# Longer than clients and processes keep a list of keys, so that a signature never comes before its key.
LEAD_SECONDS = 600.0
JWKS_MAX_AGE_SECONDS = 300
RELOAD_SECONDS = 60.0
# An unknown key id asks the database at most this often, whoever makes it up.
UNKNOWN_SECONDS = 3.0
CLOCK_SECONDS = 60
_PURPOSE = "signing key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    public_key: Ed25519PublicKey
    private_key: Ed25519PrivateKey | None
    """None when it was sealed with another secret key: it verifies, but cannot sign."""


class SigningKeys:
    """This process's copy of the keys; other processes' new ones are learned within a minute, or when met."""

    def __init__(self, db: Database, keyring: Keyring, *, access_ttl_seconds: int) -> None:
        self._db = db
        self._keyring = keyring
        self._overlap_seconds = float(access_ttl_seconds + CLOCK_SECONDS)
        self._keys: Mapping[str, SigningKey] = {}
        self._signer: SigningKey | None = None
        self._loaded_at = float("-inf")
        self._asked_at = float("-inf")
        self.jwks = b'{"keys":[]}'

    async def start(self) -> None:
        """Load the keys; the first process ever makes one. Raises WrongSecretKey when none can be opened."""
        await self.load()
        if self._keys and not any(key.private_key for key in self._keys.values()):
            raise WrongSecretKey
        if self._signer is None:
            await self._db.write(lambda tx: _add_key(tx, self._keyring))
            await self.load()

    async def load(self) -> None:
        started = time.monotonic()
        async with self._db.connection() as tx:
            rows = await queries.select_signing_keys(
                tx, lead_seconds=LEAD_SECONDS, overlap_seconds=self._overlap_seconds
            )
        keys = {row.kid: self._open(row) for row in rows}
        self._keys = keys
        self._signer = _choose_signer([(row, keys[row.kid]) for row in rows])
        self.jwks = msgspec.json.encode({"keys": [_public_jwk(key) for key in keys.values()]})
        self._loaded_at = self._asked_at = started

    async def signer(self) -> tuple[str, Ed25519PrivateKey]:
        """The key to sign with now, and its id."""
        await self.refresh()
        if self._signer is None or self._signer.private_key is None:
            raise Unavailable("no signing key")
        return self._signer.kid, self._signer.private_key

    async def refresh(self) -> None:
        """Load again when the copy is a minute old; without the database the old copy does."""
        if time.monotonic() - self._loaded_at < RELOAD_SECONDS:
            return
        self._loaded_at = time.monotonic()
        try:
            await self.load()
        except Unavailable as error:
            log.warning("signing keys not reloaded: %s", error.detail)

    def knows(self, kid: str) -> bool:
        return kid in self._keys

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The public key of an id that is ours; None for one that is not, which now and then costs a look."""
        key = self._keys.get(kid)
        if key is None and time.monotonic() - self._asked_at >= UNKNOWN_SECONDS:
            self._asked_at = time.monotonic()
            await self.load()
            key = self._keys.get(kid)
        return key.public_key if key else None

    def _open(self, row: queries.SigningKeyRow) -> SigningKey:
        public_key = Ed25519PublicKey.from_public_bytes(row.public_key)
        try:
            raw = self._keyring.unseal(_PURPOSE, row.sealed_private_key)
        except Unsealable:
            return SigningKey(row.kid, public_key, None)
        return SigningKey(row.kid, public_key, Ed25519PrivateKey.from_private_bytes(raw))


async def rotate_keys(db: Database, keyring: Keyring, *, access_ttl_seconds: int) -> str:
    """Publish a new key, which signs after the lead; the others verify until their last token has ended.

    Returns the new key's id.
    """

    async def effect(tx: Tx) -> str:
        kid = await _add_key(tx, keyring)
        await queries.update_others_as_retired(tx, kid=kid, lead_seconds=LEAD_SECONDS)
        await queries.delete_signing_keys(tx, overlap_seconds=float(access_ttl_seconds + CLOCK_SECONDS))
        return kid

    return await db.write(effect)


async def _add_key(tx: Tx, keyring: Keyring) -> str:
    private_key = Ed25519PrivateKey.generate()
    kid = secrets.token_urlsafe(9)
    await queries.insert_signing_key(
        tx,
        kid=kid,
        public_key=private_key.public_key().public_bytes_raw(),
        sealed_private_key=keyring.seal(_PURPOSE, private_key.private_bytes_raw()),
    )
    return kid


def _choose_signer(keys: list[tuple[queries.SigningKeyRow, SigningKey]]) -> SigningKey | None:
    """The newest that was published for long enough, else the oldest; both so that processes agree."""
    usable = [(row, key) for row, key in keys if key.private_key is not None and not row.is_retired]
    ready = [key for row, key in usable if row.signs_from]
    if ready:
        return ready[-1]
    return usable[0][1] if usable else None


def _public_jwk(key: SigningKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(key.public_key.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x}
