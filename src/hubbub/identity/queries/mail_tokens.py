from dataclasses import dataclass
from typing import Literal

from hubbub.platform.db import Tx

Purpose = Literal["reset", "verify", "change"]


@dataclass(frozen=True, slots=True)
class MailToken:
    account_id: int
    purpose: Purpose
    email: str


async def insert_mail_token(
    tx: Tx, *, token_hash: bytes, account_id: int, purpose: Purpose, email: str, ttl_minutes: int
) -> None:
    await tx.execute(
        """
        INSERT INTO mail_tokens (token_hash, account_id, purpose, email, expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(mins => $5))
        """,
        token_hash,
        account_id,
        purpose,
        email,
        ttl_minutes,
    )


async def select_mail_token(tx: Tx, token_hash: bytes) -> MailToken | None:
    row = await tx.fetchrow(
        "SELECT account_id, purpose, email FROM mail_tokens WHERE token_hash = $1 AND expires_at > now()",
        token_hash,
    )
    return MailToken(**row) if row else None


async def delete_mail_token(tx: Tx, *, token_hash: bytes, purposes: list[str]) -> MailToken | None:
    """Use a token up: of many at once one gets it."""
    row = await tx.fetchrow(
        """
        DELETE FROM mail_tokens
        WHERE token_hash = $1 AND purpose = ANY($2::text[]) AND expires_at > now()
        RETURNING account_id, purpose, email
        """,
        token_hash,
        purposes,
    )
    return MailToken(**row) if row else None


async def delete_mail_tokens(tx: Tx, *, account_id: int, purposes: list[str]) -> None:
    await tx.execute(
        "DELETE FROM mail_tokens WHERE account_id = $1 AND purpose = ANY($2::text[])", account_id, purposes
    )


async def delete_expired_mail_tokens(tx: Tx, *, limit: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM mail_tokens WHERE token_hash IN (
            SELECT token_hash FROM mail_tokens WHERE expires_at < now() LIMIT $1
        )
        """,
        limit,
    )
    return int(status.rpartition(" ")[2])
