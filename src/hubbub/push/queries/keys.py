"""The row of `push_keys`."""

from hubbub.platform.db import Tx


async def insert_key(tx: Tx, *, public_key: bytes, sealed_private_key: bytes) -> None:
    """Of two processes that make one, the first does."""
    await tx.execute(
        """
        INSERT INTO push_keys (id, public_key, sealed_private_key) VALUES (1, $1, $2)
        ON CONFLICT (id) DO NOTHING
        """,
        public_key,
        sealed_private_key,
    )


async def update_key(tx: Tx, *, old: bytes, public_key: bytes, sealed_private_key: bytes) -> None:
    """Unless another process has done so meanwhile."""
    await tx.execute(
        """
        UPDATE push_keys SET public_key = $2, sealed_private_key = $3
        WHERE id = 1 AND sealed_private_key = $1
        """,
        old,
        public_key,
        sealed_private_key,
    )


async def select_key(tx: Tx) -> bytes | None:
    found: bytes | None = await tx.fetchval("SELECT sealed_private_key FROM push_keys WHERE id = 1")
    return found
