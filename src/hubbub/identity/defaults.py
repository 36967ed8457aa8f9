"""What an account prefers when it leaves something open, kept in the process: every post asks for it."""

from collections.abc import Collection

from hubbub.identity.service.me import load_preferences_and_locale
from hubbub.platform.cache import LocalCache
from hubbub.platform.changes import Changes
from hubbub.platform.db import Database

LOCAL_BYTES = 8 * 1024 * 1024
LOCAL_TTL_SECONDS = 60.0


class Defaults:
    """One per process."""

    def __init__(self, db: Database, changes: Changes) -> None:
        self._db = db
        self._changes = changes
        self._local: LocalCache[int, tuple[str, str]] = LocalCache(
            max_bytes=LOCAL_BYTES, ttl_seconds=LOCAL_TTL_SECONDS, size_of=lambda found: len(found[0]) + 150
        )
        changes.on("preferences", hear=self._forget, on_gap=self._local.clear)
        changes.on("account", hear=self._forget)

    async def load(self, account_id: int) -> tuple[str, str]:
        """Preferences as JSON and the language of the account. Raises AccountNotFound."""
        if not self._changes.is_listening:
            return await self._load(account_id)
        return await self._local.get_or_load(account_id, self._load)

    async def _load(self, account_id: int) -> tuple[str, str]:
        async with self._db.connection() as tx:
            return await load_preferences_and_locale(tx, account_id)

    def _forget(self, account_ids: Collection[int]) -> None:
        for account_id in account_ids:
            self._local.invalidate(account_id)
