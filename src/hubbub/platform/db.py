"""The connection pool, and the only place where a transaction is opened. Nothing here waits for ever.

A black-holed server answers nothing and closes nothing, so every use of a connection runs under a
client-side deadline; a connection that missed it is thrown away, never returned to the pool.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg

from hubbub.errors import Unavailable
from hubbub.platform.ids import MAX_ID

__all__ = ["MAX_ID", "Database", "DatabaseUnavailable", "Pool", "Tx", "open_database"]

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Tx: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
T = TypeVar("T")

RETRIES = 3
# A conflict between transactions, not a fault of either: running it again is the cure.
RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# The server, or the way to it, is not there. All are answered with 503, never 500.
UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
    asyncpg.ReadOnlySQLTransactionError,
)


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    message = "The database cannot be reached right now; try again shortly."


class Database:
    def __init__(self, pool: Pool, *, deadline_seconds: float = 2.0) -> None:
        self._pool = pool
        self._deadline_seconds = deadline_seconds

    @asynccontextmanager
    async def connection(self, *, deadline_seconds: float | None = None) -> AsyncIterator[Tx]:
        """A connection without a transaction: each statement is its own. For reads.

        Raises DatabaseUnavailable when the whole block has not finished by the deadline.
        """
        connection: Any = None
        try:
            async with asyncio.timeout(
                self._deadline_seconds if deadline_seconds is None else deadline_seconds
            ):
                connection = await self._pool.acquire()
                yield connection
        except TimeoutError as error:
            await self._drop(connection)
            connection = None
            raise DatabaseUnavailable(f"deadline: {error}") from error
        except UNREACHABLE as error:
            raise DatabaseUnavailable(f"{type(error).__name__}: {error}") from error
        except BaseException:
            # Cancelled in the middle of a protocol exchange: its state is unknown.
            if connection is not None and connection.is_in_transaction():
                await self._drop(connection)
                connection = None
            raise
        finally:
            if connection is not None:
                await self._release(connection)

    @asynccontextmanager
    async def transaction(self, *, deadline_seconds: float | None = None) -> AsyncIterator[Tx]:
        """Commit on a clean exit, roll back on any exception."""
        async with self.connection(deadline_seconds=deadline_seconds) as connection, connection.transaction():
            yield connection

    async def write(
        self, effect: Callable[[Tx], Awaitable[T]], *, deadline_seconds: float | None = None
    ) -> T:
        """Run `effect` in a transaction, again (at most 3 times) when it lost to another one.

        `effect` may run more than once, so it must do nothing outside the transaction.
        """
        for attempt in range(RETRIES):
            try:
                async with self.transaction(deadline_seconds=deadline_seconds) as tx:
                    return await effect(tx)
            except RETRYABLE:
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter
        try:
            async with self.transaction(deadline_seconds=deadline_seconds) as tx:
                return await effect(tx)
        except RETRYABLE as error:
            raise DatabaseUnavailable(f"{type(error).__name__} {RETRIES + 1} times") from error

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _release(self, connection: Any) -> None:
        try:
            await self._pool.release(connection, timeout=1)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()

    async def _drop(self, connection: Any) -> None:
        if connection is not None:
            connection.terminate()
            await self._release(connection)


async def _no_reset(connection: Any) -> None:
    """Nothing sets anything for a session, so the round trip that would reset it is saved."""


async def open_database(
    url: str, *, pool_size: int = 10, deadline_seconds: float = 2.0, application: str = "hubbub"
) -> Database:
    """Open a pool. Statements are cut by the server a little after the client has given up."""
    server_ms = int(deadline_seconds * 1000) + 500
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=pool_size,
        timeout=5,
        command_timeout=None,
        max_inactive_connection_lifetime=300,
        reset=_no_reset,
        server_settings={
            "application_name": application,
            "jit": "off",
            "statement_timeout": str(server_ms),
            "lock_timeout": str(server_ms),
            "idle_in_transaction_session_timeout": "60000",
        },
    )
    return Database(pool, deadline_seconds=deadline_seconds)
