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


async def select_key(tx: Tx) -> bytes | None:
    found: bytes | None = await tx.fetchval("SELECT sealed_private_key FROM push_keys WHERE id = 1")
    return found
