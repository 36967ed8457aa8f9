"""At most one effect per (account, Idempotency-Key): a retry gets the first reply back for 24 hours.

Neither the key nor the request is stored, and the reply is sealed with a key derived from both, so a
copy of the table gives nobody the tokens in it, nor a hash to guess a password with.
"""

import hashlib
import os
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import asyncpg
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hubbub.errors import BadRequest, Conflict, Invalid
from hubbub.platform.db import Database, Tx

__all__ = [
    "BadIdempotencyKey",
    "KeyInUse",
    "KeyReused",
    "StoredReply",
    "forget_keys",
    "parse_key",
    "purge_expired_keys",
    "run_once",
]

BARE = re.compile(r"[\x20\x21\x23-\x7e][\x20-\x7e]*")
QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
MAX_LENGTH = 255
NONCE_BYTES = 12
NOBODY = 0
"""Whose keys are those of all strangers: one belongs to its very request, so that none takes another's."""
PURGE_BATCH = 1000


class BadIdempotencyKey(BadRequest):
    code = "bad_idempotency_key"
    message = "Idempotency-Key must be 1 to 255 printable ASCII characters, bare or in double quotes."


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"
    message = "The first request with this Idempotency-Key is still running; retry shortly."
    is_retryable = True

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class KeyReused(Invalid):
    code = "idempotency_mismatch"
    message = "This Idempotency-Key was used for another request; use a new key."


class StoredReply(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class _Secrets(NamedTuple):
    key_hash: bytes
    fingerprint: bytes
    seal: AESGCM


async def run_once(
    db: Database,
    *,
    account_id: int,
    key: str,
    request_fingerprint: bytes,
    effect: Callable[[Tx], Awaitable[StoredReply]],
    seal_with: bytes = b"",
) -> tuple[StoredReply, bool]:
    """Run `effect` in a transaction and store its reply there, or return the stored one and True.

    `request_fingerprint` is all that makes a request the same: method, target, body. Only a 2xx reply
    is stored; an error rolls everything back and leaves the key free. Raises KeyInUse while the first
    request runs, KeyReused when the key came with another request.
    """
    secrets = _derive(account_id, parse_key(key), request_fingerprint, seal_with)

    async def attempt(tx: Tx) -> tuple[StoredReply, bool]:
        stored = await _find(tx, account_id, secrets)
        if stored is not None:
            return stored, True
        reply = await effect(tx)
        if 200 <= reply.status < 300:
            sealed = _seal(secrets, reply)
            if not await _insert_key(tx, account_id=account_id, secrets=secrets, reply=sealed):
                raise KeyInUse("another request with this key committed first")
        return reply, False

    return await db.write(attempt)


def parse_key(header: str) -> str:
    """The key of a header value; a structured-field string and the bare form are the same key."""
    text = header.strip()
    quoted = QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not 1 <= len(key) <= MAX_LENGTH or not (quoted or BARE.fullmatch(text)):
        raise BadIdempotencyKey(f"{len(header)} characters")
    return key


async def forget_keys(tx: Tx, account_id: int) -> None:
    """Delete the stored replies of an account that is gone for good."""
    await tx.execute("DELETE FROM idempotency_keys WHERE account_id = $1", account_id)


async def purge_expired_keys(db: Database) -> None:
    """Delete what is older than 24 hours, in short transactions."""
    is_more = True
    while is_more:
        async with db.connection() as tx:
            is_more = await _delete_expired(tx, limit=PURGE_BATCH) == PURGE_BATCH


def _derive(account_id: int, key: str, request: bytes, seal_with: bytes) -> _Secrets:
    key_hash = hashlib.sha256(f"{account_id}\n{key}".encode()).digest()
    parts = (key.encode(), request, seal_with)
    material = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    derived = HKDF(SHA256(), length=64, salt=key_hash, info=b"hubbub idempotency").derive(material)
    fingerprint, seal = derived[:32], AESGCM(derived[32:])
    if account_id == NOBODY:
        key_hash = hashlib.sha256(key_hash + fingerprint).digest()
    return _Secrets(key_hash, fingerprint, seal)


def _seal(secrets: _Secrets, reply: StoredReply) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + secrets.seal.encrypt(nonce, msgspec.msgpack.encode(reply), secrets.key_hash)


def _unseal(secrets: _Secrets, sealed: bytes) -> StoredReply:
    plain = secrets.seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], secrets.key_hash)
    return msgspec.msgpack.decode(plain, type=StoredReply)


async def _find(tx: Tx, account_id: int, secrets: _Secrets) -> StoredReply | None:
    row = await _lock_and_select_key(tx, account_id=account_id, key_hash=secrets.key_hash)
    if row["is_fresh"]:
        if row["fingerprint"] != secrets.fingerprint:
            raise KeyReused
        return _unseal(secrets, row["reply"])
    if not row["is_mine"]:
        raise KeyInUse
    if row["is_fresh"] is False:
        await _delete_key(tx, account_id=account_id, key_hash=secrets.key_hash)
    return None


async def _lock_and_select_key(tx: Tx, *, account_id: int, key_hash: bytes) -> asyncpg.Record:
    """The lock only turns others away early. What another committed just before we got it may not be
    seen here; then the insert finds its row.
    """
    row = await tx.fetchrow(
        """
        SELECT own.is_mine, stored.fingerprint, stored.reply,
            stored.created_at > now() - interval '24 hours' AS is_fresh
        FROM (SELECT pg_try_advisory_xact_lock($3) AS is_mine) AS own
        LEFT JOIN idempotency_keys AS stored ON stored.account_id = $1 AND stored.key_hash = $2
        """,
        account_id,
        key_hash,
        int.from_bytes(key_hash[:8], "big", signed=True),
    )
    assert row is not None  # noqa: S101 - the first side of the join is always there
    return row


async def _insert_key(tx: Tx, *, account_id: int, secrets: _Secrets, reply: bytes) -> bool:
    """False when the key is there already."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO idempotency_keys (account_id, key_hash, fingerprint, reply, created_at)
            VALUES ($1, $2, $3, $4, now())
            ON CONFLICT (account_id, key_hash) DO NOTHING
            RETURNING true
            """,
            account_id,
            secrets.key_hash,
            secrets.fingerprint,
            reply,
        )
    )


async def _delete_key(tx: Tx, *, account_id: int, key_hash: bytes) -> None:
    await tx.execute(
        "DELETE FROM idempotency_keys WHERE account_id = $1 AND key_hash = $2", account_id, key_hash
    )


async def _delete_expired(tx: Tx, *, limit: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM idempotency_keys
        WHERE (account_id, key_hash) IN (
            SELECT account_id, key_hash FROM idempotency_keys
            WHERE created_at <= now() - interval '24 hours'
            LIMIT $1
        )
        """,
        limit,
    )
    return int(status.rpartition(" ")[2])
