from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class Factor:
    sealed_secret: bytes
    is_confirmed: bool
    last_counter: int


async def upsert_factor(tx: Tx, *, account_id: int, sealed_secret: bytes) -> bool:
    """A new secret, not yet confirmed; False when one is confirmed already."""
    status = await tx.execute(
        """
        INSERT INTO second_factors (account_id, sealed_secret) VALUES ($1, $2)
        ON CONFLICT (account_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_counter = 0
        WHERE second_factors.confirmed_at IS NULL
        """,
        account_id,
        sealed_secret,
    )
    return status == "INSERT 0 1"


async def select_factor_for_update(tx: Tx, account_id: int) -> Factor | None:
    """Held until the transaction ends, so that one code is judged once."""
    row = await tx.fetchrow(
        """
        SELECT sealed_secret, confirmed_at IS NOT NULL AS is_confirmed, last_counter
        FROM second_factors WHERE account_id = $1 FOR UPDATE
        """,
        account_id,
    )
    return Factor(**row) if row else None


async def update_factor_used(tx: Tx, *, account_id: int, counter: int) -> None:
    """The code of this counter, and those before it, are used up; a first code confirms the factor."""
    await tx.execute(
        """
        UPDATE second_factors SET last_counter = $2, confirmed_at = COALESCE(confirmed_at, now())
        WHERE account_id = $1
        """,
        account_id,
        counter,
    )


async def delete_factor(tx: Tx, account_id: int) -> bool:
    status = await tx.execute("DELETE FROM second_factors WHERE account_id = $1", account_id)
    return status == "DELETE 1"


async def delete_recovery_codes(tx: Tx, account_id: int) -> None:
    await tx.execute("DELETE FROM recovery_codes WHERE account_id = $1", account_id)


async def insert_recovery_codes(tx: Tx, *, account_id: int, code_hashes: Sequence[bytes]) -> None:
    await tx.execute(
        "INSERT INTO recovery_codes (account_id, code_hash) SELECT $1, unnest($2::bytea[])",
        account_id,
        code_hashes,
    )


async def delete_recovery_code(tx: Tx, *, account_id: int, code_hash: bytes) -> bool:
    """Use a code up; whether there was one."""
    status = await tx.execute(
        "DELETE FROM recovery_codes WHERE account_id = $1 AND code_hash = $2", account_id, code_hash
    )
    return status == "DELETE 1"


async def count_recovery_codes(tx: Tx, account_id: int) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM recovery_codes WHERE account_id = $1", account_id))
