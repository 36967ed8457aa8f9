"""The connection pool, and the only place where a transaction is opened. Nothing here waits for ever.

A black-holed server answers nothing and closes nothing, so every use of a connection runs under a
client-side deadline; a connection that missed it is thrown away, never returned to the pool.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import asyncpg

from hubbub.errors import Unavailable
from hubbub.platform.ids import MAX_ID
from hubbub.platform.notes import (
    ANY_CONSUMER,
    begin_notes,
    end_notes,
    note_announcement,
    note_change,
)

__all__ = [
    "ANY_CONSUMER",
    "MAX_ID",
    "Database",
    "DatabaseUnavailable",
    "NotCommitted",
    "Pool",
    "StorageFull",
    "Tx",
    "note_announcement",
    "note_change",
    "open_connection",
    "open_database",
]

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    _Base: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Tx: TypeAlias = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:  # asyncpg's classes take parameters only in its stubs
    Pool = asyncpg.Pool
    _Base = asyncpg.Connection
    Tx = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
T = TypeVar("T")


RETRIES = 3
# How long a request waits for its turn: long enough for a burst that finds the pool cold, short enough
# that what waits behind a stuck database is refused before its own deadline.
SLOT_SECONDS = 1.0
ROLLBACK_SECONDS = 0.5
# The connection is cut first and its user interrupted this much later, so that whatever the user
# still asks of it while unwinding fails at once. More than a tick of any event loop's clock.
GRACE_SECONDS = 0.01
# A conflict between transactions, or with a migration; no fault of either: running it again is the cure.
RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
# The server, or the way to it, is not there. All are answered with 503, never 500.
UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)
# What the driver raises for a dead connection, but also for a caller's mistake.
AMBIGUOUS = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    message = "The database cannot be reached right now; try again shortly."


class NotCommitted(Exception):
    """A fault of the code: an error inside a transaction may only be swallowed outside of it."""


class StorageFull(DatabaseUnavailable):
    code = "storage_full"
    message = "Nothing can be stored right now; reading still works."


class _Undone(Exception):
    """Leaves a transaction whose effect was only to be looked at."""


class _Connection(_Base):
    """Notices when COMMIT did not: after an error that its block swallowed, the server rolls back and says so
    only in the command's tag.
    """

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        status = await super().execute(query, *args, timeout=timeout)
        if status == "ROLLBACK" and query.startswith("COMMIT"):
            raise NotCommitted("a statement failed, its error was swallowed, and all was rolled back")
        return status


class Database:
    def __init__(self, pool: Pool, *, deadline_seconds: float = 2.0) -> None:
        self._pool = pool
        self._deadline_seconds = deadline_seconds
        self._slots = asyncio.Semaphore(pool.get_max_size())
        self._answered_at = 0.0
        self._recordings: list[list[str]] = []
        self.after_announcing: Callable[[Collection[str]], None] = _do_nothing
        """Called after the commit of each block that wrote events, with the names of their consumers, or
        ANY_CONSUMER among them: where workers are woken."""
        self.after_changes: Callable[[dict[str, set[int]]], Awaitable[None]] = _keep_quiet
        """Awaited after the commit of each block that noted changes, before its caller goes on."""

    def connection(self, *, deadline_seconds: float | None = None) -> AbstractAsyncContextManager[Tx]:
        """A connection without a transaction: each statement is its own. For reads.

        Raises DatabaseUnavailable when no connection is free for 250 ms, or when the whole block has
        not finished by the deadline. Other errors of the block pass through as they are.
        """
        return self._use(deadline_seconds, is_transaction=False)

    def transaction(self, *, deadline_seconds: float | None = None) -> AbstractAsyncContextManager[Tx]:
        """The same in a transaction: commit on a clean exit, roll back on any exception."""
        return self._use(deadline_seconds, is_transaction=True)

    async def write(
        self,
        effect: Callable[[Tx], Awaitable[T]],
        *,
        deadline_seconds: float | None = None,
        is_one_statement: bool = False,
    ) -> T:
        """Run `effect` in a transaction, again (at most 3 times) when it lost to another one.

        `effect` may run more than once, so it must do nothing outside the transaction. The deadline
        is for all runs together. An effect whose last statement alone writes, and which raises nothing
        after it, is whole without BEGIN and COMMIT: `is_one_statement` saves their round trips.
        """
        seconds = self._deadline_seconds if deadline_seconds is None else deadline_seconds
        ends_at = asyncio.get_running_loop().time() + seconds
        block = self.connection if is_one_statement else self.transaction
        for attempt in range(RETRIES + 1):
            left = ends_at - asyncio.get_running_loop().time()
            try:
                async with block(deadline_seconds=left) as tx:
                    return await effect(tx)
            except RETRYABLE as error:
                if attempt == RETRIES:
                    raise DatabaseUnavailable(f"{type(error).__name__} {attempt + 1} times") from error
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter
        raise AssertionError("the last attempt returns or raises")

    async def rehearse(self, effect: Callable[[Tx], Awaitable[T]]) -> T:
        """What `write` would return, and raise; then all of it is rolled back, and nobody is woken."""
        found: list[T] = []

        async def undone(tx: Tx) -> None:
            found.append(await effect(tx))
            raise _Undone

        with suppress(_Undone):
            await self.write(undone)
        return found[-1]

    @contextmanager
    def recorded_statements(self) -> Iterator[list[str]]:
        """The SQL of every round trip to the server meanwhile, by whomever; for tests that count them."""
        statements: list[str] = []
        self._recordings.append(statements)
        try:
            yield statements
        finally:
            self._recordings.remove(statements)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _use(self, deadline_seconds: float | None, *, is_transaction: bool) -> AsyncIterator[Tx]:
        seconds = self._deadline_seconds if deadline_seconds is None else deadline_seconds
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        deadline = asyncio.timeout_at(ends_at + GRACE_SECONDS)
        connection: Any = None
        cut: asyncio.TimerHandle | None = None
        await self._take_slot()
        outer, notes = begin_notes()
        try:
            async with deadline:
                connection = await self._connect()
                cut = loop.call_at(ends_at, _terminate, connection)
                if is_transaction:
                    async with _Transaction(connection):
                        yield connection
                else:
                    yield connection
            self._answered_at = loop.time()
        except BaseException as error:
            is_late = deadline.expired() or loop.time() >= ends_at
            if is_late and self._answered_at < ends_at - seconds:
                await self._distrust_all()
            if not isinstance(error, Exception) or is_late:
                _terminate(connection)
            unavailable = _as_unavailable(error, connection, is_late=is_late)
            if unavailable is None:
                raise
            raise unavailable from error
        finally:
            end_notes(outer)
            if cut is not None:
                cut.cancel()
            await self._release(connection)
        if notes.announced:
            self.after_announcing(notes.announced)
        if notes.changes:
            await self.after_changes(notes.changes)

    async def _take_slot(self) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise DatabaseUnavailable(f"no free connection within {SLOT_SECONDS} s") from None

    async def _connect(self) -> Any:
        try:
            connection: Any = await self._pool.acquire()
        except (*AMBIGUOUS, asyncpg.PostgresError) as error:
            raise DatabaseUnavailable(f"connecting: {type(error).__name__}: {error}") from error
        if self._recordings:
            connection.add_query_logger(self._record)
        return connection

    def _record(self, query: Any) -> None:
        for statements in self._recordings:
            statements.append(query.query)

    async def _release(self, connection: Any) -> None:
        """Back to the pool, unless what the connection is in the middle of is unknown."""
        try:
            if connection is not None:
                if not _is_closed(connection) and connection.is_in_transaction():
                    _terminate(connection)
                await self._pool.release(connection, timeout=ROLLBACK_SECONDS)
        except (*AMBIGUOUS, asyncpg.PostgresError):
            _terminate(connection)
        finally:
            self._slots.release()

    async def _distrust_all(self) -> None:
        """Nothing came back from the server for a whole deadline: let nobody else wait on its connections."""
        await self._pool.expire_connections()


class _Transaction:
    """asyncpg's transaction, but it waits for a rollback only briefly, and not at all when cancelled."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    async def __aenter__(self) -> None:
        await self._transaction.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if error is None:
            await self._transaction.commit()
        elif isinstance(error, Exception) and not _is_closed(self._connection):
            await self._roll_back()
        else:
            _terminate(self._connection)

    async def _roll_back(self) -> None:
        try:
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await self._transaction.rollback()
        except (*AMBIGUOUS, asyncpg.PostgresError):
            _terminate(self._connection)


def _terminate(connection: Any) -> None:
    """Close without a word to the server, which rolls back when it notices."""
    if not _is_closed(connection):
        connection.terminate()


def _is_closed(connection: Any) -> bool:
    try:
        return connection is None or connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back, which it does with a closed one
        return True


def _as_unavailable(error: BaseException, connection: Any, *, is_late: bool) -> DatabaseUnavailable | None:
    """None for what is not the database's fault, to be raised as it is."""
    if isinstance(error, asyncpg.DiskFullError):
        return StorageFull(str(error))
    if isinstance(error, UNREACHABLE):
        return DatabaseUnavailable(f"{type(error).__name__}: {error}")
    if isinstance(error, AMBIGUOUS) and (is_late or _is_closed(connection)):
        return DatabaseUnavailable(f"{'deadline missed' if is_late else type(error).__name__}: {error}")
    return None


def _do_nothing(consumers: Collection[str]) -> None:
    pass


async def _keep_quiet(changes: dict[str, set[int]]) -> None:
    pass


async def _no_reset(connection: Any) -> None:
    """Nothing sets anything for a session, so the round trip that would reset it is saved."""


async def open_connection(url: str, **server_settings: str) -> _Base:
    """One connection outside of any pool. Raises DatabaseUnavailable without a way to the server."""
    try:
        return await asyncpg.connect(url, timeout=10, server_settings=server_settings)
    except OSError as error:
        raise DatabaseUnavailable(f"connecting: {error}") from error


async def open_database(
    url: str, *, pool_size: int = 10, deadline_seconds: float = 2.0, application: str = "hubbub"
) -> Database:
    """Open a pool, which connects when first used. The server cuts statements a little after the client."""
    server_ms = int(deadline_seconds * 1000) + 500
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=pool_size,
        timeout=5,
        command_timeout=None,
        max_inactive_connection_lifetime=300,
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        reset=_no_reset,
        connection_class=_Connection,
        server_settings={
            "application_name": application,
            "jit": "off",
            # Every statement is written for one plan that fits all values. Left to itself the server plans
            # those with `= ANY($1)` anew each time that the array is short, at ten times their cost.
            "plan_cache_mode": "force_generic_plan",
            # A plan lives long. One made while a table is empty (pending counts mostly are) would read the
            # whole table for as long as its connection is kept, however much comes into it.
            "enable_seqscan": "off",
            "statement_timeout": str(server_ms),
            "lock_timeout": str(server_ms),
            "idle_in_transaction_session_timeout": "60000",
            "client_connection_check_interval": "1000",
        },
    )
    return Database(pool, deadline_seconds=deadline_seconds)
