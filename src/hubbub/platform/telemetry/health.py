"""Whether this process may be sent requests.

Live: the process answers at all. Ready: the database answers and has the schema of this code. Valkey
being away makes it degraded, not unready: reads fall back to the database.
"""

import asyncio
import logging
import time
from typing import Literal

import msgspec

from hubbub.errors import AppError
from hubbub.platform.db import Database
from hubbub.platform.migrations import MigrationError, pending
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable

DEADLINE_SECONDS = 1.0
RETRY_SECONDS = 0.1
COMPLAIN_SECONDS = 5.0

Schema = Literal["ok", "unreachable", "wrong_schema"]
Reach = Literal["ok", "unreachable"]

log = logging.getLogger(__name__)


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is ready, degraded (ready without Valkey) or unready (answer 503)."""

    status: Literal["ready", "degraded", "unready"]
    database: Schema
    valkey: Reach

    @property
    def is_ready(self) -> bool:
        return self.status != "unready"


class HealthProbe:
    """Asks both engines at once, for one second at most.

    That the schema is current is remembered: under a running process it only changes when a newer version
    migrates, and this one can go on with that.
    """

    def __init__(self, db: Database, valkey: Valkey) -> None:
        self._db = db
        self._valkey = valkey
        self._is_current = False
        self._complained_at = float("-inf")
        self._asking: asyncio.Task[Readiness] | None = None

    async def ready(self) -> Readiness:
        """Whoever asks while the engines are being asked gets the same answer: anybody may, without limit."""
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(asking)

    async def _ask(self) -> Readiness:
        database, valkey = await asyncio.gather(self._ask_database(), self._ask_valkey())
        if database != "ok":
            return Readiness(status="unready", database=database, valkey=valkey)
        return Readiness(
            status="ready" if valkey == "ok" else "degraded",
            database=database,
            valkey=valkey,
        )

    async def _ask_database(self) -> Schema:
        error: Exception | None = None
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while True:
                    try:
                        return await self._ask_database_once()
                    except (AppError, OSError) as failure:
                        # Every connection may be busy: one that comes free within the second will do.
                        error = failure
                    await asyncio.sleep(RETRY_SECONDS)
        except MigrationError as failure:
            self._complain(str(failure))
            return "wrong_schema"
        except TimeoutError:
            self._complain(f"no answer within {DEADLINE_SECONDS} s: {error}")
            return "unreachable"

    async def _ask_database_once(self) -> Schema:
        if not self._is_current:
            self._is_current = not await pending(self._db)
            return "ok" if self._is_current else "wrong_schema"
        async with self._db.connection(deadline_seconds=DEADLINE_SECONDS) as connection:
            await connection.fetchval("SELECT 1")
        return "ok"

    async def _ask_valkey(self) -> Reach:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self._valkey.ping()
        except (ValkeyUnavailable, ValkeyRefused, OSError, TimeoutError):
            return "unreachable"
        return "ok"

    def _complain(self, reason: str) -> None:
        """At most once in a while: probes come every second."""
        now = time.monotonic()
        if now - self._complained_at > COMPLAIN_SECONDS:
            self._complained_at = now
            log.warning("not_ready", extra={"reason": reason})
