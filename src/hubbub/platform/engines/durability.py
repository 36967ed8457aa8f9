import asyncpg

from hubbub.platform.db import open_connection
from hubbub.platform.engines.errors import EngineError


async def require_durability(url: str) -> None:
    """Raise EngineError when this database may lose what it has acknowledged."""
    connection = await open_connection(url)
    try:
        unsafe = [name for name in ("fsync", "synchronous_commit") if await _show(connection, name) == "off"]
    finally:
        await connection.close(timeout=5)
    if unsafe:
        raise EngineError(
            f"the database has {' and '.join(f'{name}=off' for name in unsafe)}: a crash would lose writes "
            "that were acknowledged. Production refuses that; turn it on in the server's configuration."
        )


async def _show(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> str:
    value: str = await connection.fetchval("SELECT current_setting($1)", name)
    return value
