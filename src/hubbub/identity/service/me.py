"""One's own account and preferences."""

from dataclasses import dataclass
from hashlib import blake2b

from hubbub.accounts import Account, AccountNotFound
from hubbub.identity.queries import credentials as credential_queries
from hubbub.identity.queries import lifecycle as queries
from hubbub.identity.queries.credentials import Credentials
from hubbub.identity.service.factors import count_codes
from hubbub.platform.db import Tx, note_change


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account as its owner sees it."""

    account: Account
    email: str
    is_verified: bool
    has_factor: bool
    codes_left: int

    @property
    def version(self) -> str:
        """Changes with everything in it."""
        own = f"{self.email} {self.is_verified} {self.has_factor} {self.codes_left} {self.account.state}"
        return f"{self.account.version}-{blake2b(own.encode(), digest_size=6).hexdigest()}"


async def load_own(tx: Tx, account: Account) -> OwnAccount:
    """Raises AccountNotFound for an account that was purged."""
    credentials = await load_credentials(tx, account.id)
    return OwnAccount(
        account=account,
        email=credentials.email,
        is_verified=credentials.email_verified_at is not None,
        has_factor=credentials.has_factor,
        codes_left=await count_codes(tx, account.id),
    )


async def load_credentials(tx: Tx, account_id: int) -> Credentials:
    """Raises AccountNotFound for an account that was purged."""
    credentials = await credential_queries.select_credentials(tx, account_id)
    if credentials is None:
        raise AccountNotFound(str(account_id))
    return credentials


async def load_preferences(tx: Tx, account_id: int) -> str:
    """What was set, as JSON."""
    return await queries.select_preferences(tx, account_id)


async def load_preferences_and_locale(tx: Tx, account_id: int) -> tuple[str, str]:
    """What was set, as JSON, and the language of the account. Raises AccountNotFound."""
    found = await queries.select_preferences_and_locale(tx, account_id)
    if found is None:
        raise AccountNotFound(str(account_id))
    return found


async def change_preferences(tx: Tx, *, account_id: int, changes: str) -> str:
    """Merge checked changes in; the whole, as JSON."""
    note_change("preferences", account_id)
    return await queries.upsert_preferences(tx, account_id=account_id, changes=changes)
