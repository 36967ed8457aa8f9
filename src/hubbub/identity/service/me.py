"""One's own account and preferences."""

from hubbub.accounts import AccountNotFound
from hubbub.identity.queries import credentials as credential_queries
from hubbub.identity.queries import lifecycle as queries
from hubbub.identity.queries.credentials import Credentials
from hubbub.platform.db import Tx


async def load_credentials(tx: Tx, account_id: int) -> Credentials:
    """Raises AccountNotFound for an account that was purged."""
    credentials = await credential_queries.select_credentials(tx, account_id)
    if credentials is None:
        raise AccountNotFound(str(account_id))
    return credentials


async def load_preferences(tx: Tx, account_id: int) -> str:
    """What was set, as JSON."""
    return await queries.select_preferences(tx, account_id)


async def change_preferences(tx: Tx, *, account_id: int, changes: str) -> str:
    """Merge checked changes in; the whole, as JSON."""
    return await queries.upsert_preferences(tx, account_id=account_id, changes=changes)
