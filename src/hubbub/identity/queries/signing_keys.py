from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class SigningKeyRow:
    kid: str
    public_key: bytes
    sealed_private_key: bytes
    signs_from: bool
    is_retired: bool


async def select_signing_keys(tx: Tx, *, lead_seconds: float, overlap_seconds: float) -> list[SigningKeyRow]:
    """Keys that may still verify, oldest first. A key may sign once it was published for the lead."""
    rows = await tx.fetch(
        """
        SELECT kid, public_key, sealed_private_key,
            created_at <= now() - make_interval(secs => $1) AS signs_from,
            COALESCE(retired_at <= now(), false) AS is_retired
        FROM signing_keys
        WHERE retired_at IS NULL OR retired_at > now() - make_interval(secs => $2)
        ORDER BY created_at, kid
        """,
        lead_seconds,
        overlap_seconds,
    )
    return [SigningKeyRow(**row) for row in rows]


async def insert_signing_key(tx: Tx, *, kid: str, public_key: bytes, sealed_private_key: bytes) -> datetime:
    created_at: datetime = await tx.fetchval(
        """
        INSERT INTO signing_keys (kid, public_key, sealed_private_key, created_at)
        VALUES ($1, $2, $3, now())
        RETURNING created_at
        """,
        kid,
        public_key,
        sealed_private_key,
    )
    return created_at


async def update_others_as_retired(tx: Tx, *, kid: str, lead_seconds: float) -> int:
    """Older keys retire when the new one begins to sign; how many."""
    status = await tx.execute(
        """
        UPDATE signing_keys SET retired_at = now() + make_interval(secs => $2)
        WHERE kid <> $1 AND retired_at IS NULL
        """,
        kid,
        lead_seconds,
    )
    return int(status.rpartition(" ")[2])


async def delete_signing_keys(tx: Tx, *, overlap_seconds: float) -> int:
    """Remove keys whose last token has ended; how many."""
    status = await tx.execute(
        "DELETE FROM signing_keys WHERE retired_at <= now() - make_interval(secs => $1)", overlap_seconds
    )
    return int(status.rpartition(" ")[2])
