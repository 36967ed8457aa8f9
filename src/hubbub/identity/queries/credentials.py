from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class LoginRow:
    """All that a log-in is judged by."""

    account_id: int
    password_hash: str
    has_factor: bool
    failures: int
    addresses: tuple[str, ...]
    """Where sessions that ended well, or have not ended, were used from."""


@dataclass(frozen=True, slots=True)
class VerifiedEmail:
    account_id: int
    email: str
    handle: str


@dataclass(frozen=True, slots=True)
class Credentials:
    account_id: int
    email: str
    email_verified_at: datetime | None
    password_hash: str
    state: str
    handle: str
    has_factor: bool


async def claim_email(tx: Tx, *, email_hash: bytes, account_id: int) -> bool:
    """False when the address belongs to somebody."""
    status = await tx.execute(
        "INSERT INTO emails (email_hash, account_id) VALUES ($1, $2) ON CONFLICT (email_hash) DO NOTHING",
        email_hash,
        account_id,
    )
    return status == "INSERT 0 1"


async def delete_email_claim(tx: Tx, *, email_hash: bytes, account_id: int) -> None:
    await tx.execute("DELETE FROM emails WHERE email_hash = $1 AND account_id = $2", email_hash, account_id)


async def select_account_by_email(tx: Tx, email_hash: bytes) -> int | None:
    account_id: int | None = await tx.fetchval(
        "SELECT account_id FROM emails WHERE email_hash = $1", email_hash
    )
    return account_id


async def insert_credentials(tx: Tx, *, account_id: int, email: str, password_hash: str) -> None:
    await tx.execute(
        """
        INSERT INTO credentials (account_id, email, password_hash, password_changed_at)
        VALUES ($1, $2, $3, now())
        """,
        account_id,
        email,
        password_hash,
    )


async def select_login(tx: Tx, account_id: int) -> LoginRow | None:
    row = await tx.fetchrow(
        """
        SELECT c.account_id, c.password_hash,
            EXISTS (SELECT FROM second_factors f
                WHERE f.account_id = c.account_id AND f.confirmed_at IS NOT NULL) AS has_factor,
            COALESCE((SELECT l.failures FROM login_failures l WHERE l.account_id = c.account_id), 0)
                AS failures,
            ARRAY(SELECT DISTINCT s.ip
                FROM (SELECT ip, last_used_at, revoked_at, revoked_reason FROM sessions
                    WHERE account_id = c.account_id ORDER BY id DESC LIMIT 200) AS s
                WHERE s.last_used_at > now() - interval '90 days'
                    AND (s.revoked_at IS NULL OR s.revoked_reason = 'logged_out')) AS addresses
        FROM credentials c
        WHERE c.account_id = $1
        """,
        account_id,
    )
    return LoginRow(**{**row, "addresses": tuple(row["addresses"])}) if row else None


async def select_credentials(tx: Tx, account_id: int) -> Credentials | None:
    row = await tx.fetchrow(
        """
        SELECT c.account_id, c.email, c.email_verified_at, c.password_hash, a.state, a.handle,
            EXISTS (SELECT FROM second_factors f
                WHERE f.account_id = c.account_id AND f.confirmed_at IS NOT NULL) AS has_factor
        FROM credentials c JOIN accounts a ON a.id = c.account_id
        WHERE c.account_id = $1
        """,
        account_id,
    )
    return Credentials(**row) if row else None


async def select_credentials_for_update(tx: Tx, account_id: int) -> Credentials | None:
    """Held until the transaction ends: log-ins and changes of one account come one after another."""
    row = await tx.fetchrow(
        """
        SELECT c.account_id, c.email, c.email_verified_at, c.password_hash, a.state, a.handle,
            EXISTS (SELECT FROM second_factors f
                WHERE f.account_id = c.account_id AND f.confirmed_at IS NOT NULL) AS has_factor
        FROM credentials c JOIN accounts a ON a.id = c.account_id
        WHERE c.account_id = $1
        FOR UPDATE OF c
        """,
        account_id,
    )
    return Credentials(**row) if row else None


async def update_password(tx: Tx, *, account_id: int, password_hash: str) -> None:
    await tx.execute(
        "UPDATE credentials SET password_hash = $2, password_changed_at = now() WHERE account_id = $1",
        account_id,
        password_hash,
    )


async def update_password_hash(tx: Tx, *, account_id: int, password_hash: str) -> None:
    """The same password, hashed with newer parameters."""
    await tx.execute(
        "UPDATE credentials SET password_hash = $2 WHERE account_id = $1", account_id, password_hash
    )


async def update_email(tx: Tx, *, account_id: int, email: str) -> None:
    await tx.execute(
        "UPDATE credentials SET email = $2, email_verified_at = now() WHERE account_id = $1",
        account_id,
        email,
    )


async def update_email_verified(tx: Tx, *, account_id: int, email: str) -> bool:
    """False when the account has another address by now."""
    status = await tx.execute(
        """
        UPDATE credentials SET email_verified_at = COALESCE(email_verified_at, now())
        WHERE account_id = $1 AND email = $2
        """,
        account_id,
        email,
    )
    return status == "UPDATE 1"


async def upsert_login_failure(tx: Tx, account_id: int) -> None:
    """Count a wrong password; id 0 is nobody, for whom the same work leaves no row."""
    await tx.execute(
        """
        INSERT INTO login_failures (account_id, failures, failed_at)
        SELECT account_id, 1, now() FROM credentials WHERE account_id = $1
        ON CONFLICT (account_id) DO UPDATE
        SET failures = login_failures.failures + 1, failed_at = excluded.failed_at
        """,
        account_id,
    )


async def delete_login_failures(tx: Tx, account_id: int) -> None:
    await tx.execute("DELETE FROM login_failures WHERE account_id = $1", account_id)


async def update_commit_mode(tx: Tx) -> None:
    """This transaction need not survive a crash of the server, so its commit does not wait for the disk."""
    await tx.execute("SET LOCAL synchronous_commit TO off")


async def select_verified_emails(tx: Tx, account_ids: Sequence[int]) -> list[VerifiedEmail]:
    """Of those that are active; an address that nobody has confirmed is no address to write to."""
    rows = await tx.fetch(
        """
        SELECT c.account_id, c.email, a.handle
        FROM credentials c JOIN accounts a ON a.id = c.account_id
        WHERE c.account_id = ANY($1::bigint[]) AND c.email_verified_at IS NOT NULL AND a.state = 'active'
        """,
        account_ids,
    )
    return [VerifiedEmail(**row) for row in rows]
