"""Ends of an account: suspended, put to sleep, about to be deleted, gone."""

from datetime import UTC, datetime, timedelta

from hubbub.accounts import AccountPurged, lock_account, set_state
from hubbub.identity import letters
from hubbub.identity.errors import AccountSuspended, InvalidToken
from hubbub.identity.queries import credentials as credential_queries
from hubbub.identity.queries import factors as factor_queries
from hubbub.identity.queries import lifecycle as queries
from hubbub.identity.queries import mail_tokens as token_queries
from hubbub.identity.queries import sessions as session_queries
from hubbub.identity.queries.credentials import Credentials
from hubbub.identity.service.audit import note
from hubbub.identity.service.emails import hash_of_email
from hubbub.identity.service.mail_tokens import end_tokens
from hubbub.identity.service.sessions import revoke_all_sessions
from hubbub.platform.db import Database, Tx
from hubbub.platform.idempotency import forget_keys
from hubbub.platform.mail import queue_letters
from hubbub.platform.outbox import announce
from hubbub.platform.services import Services
from hubbub.platform.text.emails import parse_email

PURGE_BATCH = 50
CLEAN_BATCH = 1000
# Old sessions tell which devices were there before; see `select_login`.
KEPT_SESSION_DAYS = 90


async def deactivate_account(tx: Tx, account_id: int) -> list[int]:
    """Hide the account until its owner logs in again. Returns the sessions ended.

    Raises AccountSuspended: sleeping and waking must not undo a suspension that has just come.
    """
    await _require_active(tx, account_id)
    await set_state(tx, account_id, "deactivated")
    await note(tx, account_id, "deactivate_account")
    return await revoke_all_sessions(tx, account_id=account_id, reason="deactivated")


async def delete_account(services: Services, tx: Tx, credentials: Credentials) -> list[int]:
    """Hide the account at once and delete it after the grace, unless its owner logs in before.

    Returns the sessions ended. Raises AccountSuspended, as `deactivate_account` does.
    """
    await _require_active(tx, credentials.account_id)
    days = services.settings.identity.deletion_grace_days
    account_id = credentials.account_id
    await set_state(tx, account_id, "deleting", purge_after=datetime.now(UTC) + timedelta(days=days))
    await note(tx, account_id, "delete_account")
    await end_tokens(tx, account_id, "reset", "verify", "change")
    letter = letters.deletion_begun(to=credentials.email, handle=credentials.handle, days=days)
    await queue_letters(tx, services.keyring, letter)
    return await revoke_all_sessions(tx, account_id=account_id, reason="deleted")


async def suspend_account(tx: Tx, account_id: int) -> list[int]:
    """Refuse all that the account asks for; one that is being deleted is refused already.

    Returns its sessions, for `SessionStates.changed` once it is committed.
    """
    if (await lock_account(tx, account_id)).state in ("deleting", "deleted"):
        return []
    await set_state(tx, account_id, "suspended")
    return await session_queries.select_live_session_ids(tx, account_id=account_id)


async def unsuspend_account(tx: Tx, account_id: int) -> list[int]:
    """The sessions of a suspended account go on. Returns them, for `SessionStates.changed`."""
    if (await lock_account(tx, account_id)).state != "suspended":
        return []
    await set_state(tx, account_id, "active")
    return await session_queries.select_live_session_ids(tx, account_id=account_id)


async def purge_accounts(db: Database) -> int:
    """Delete accounts whose grace is over, each in a transaction of its own; how many."""
    async with db.connection() as tx:
        account_ids = await queries.select_accounts_to_purge(tx, limit=PURGE_BATCH)
    purged = 0
    for account_id in account_ids:

        async def effect(tx: Tx, account_id: int = account_id) -> bool:
            return await _purge_account(tx, account_id)

        purged += await db.write(effect)
    return purged


async def clean_up(db: Database) -> None:
    """Forget what has run out: links of mails, and sessions that ended long ago."""
    has_more = True
    while has_more:
        async with db.connection() as tx:
            tokens = await token_queries.delete_expired_mail_tokens(tx, limit=CLEAN_BATCH)
            sessions = await session_queries.delete_old_sessions(
                tx, kept_days=KEPT_SESSION_DAYS, limit=CLEAN_BATCH
            )
        has_more = CLEAN_BATCH in (tokens, sessions)


async def _require_active(tx: Tx, account_id: int) -> None:
    state = (await lock_account(tx, account_id)).state
    if state == "suspended":
        raise AccountSuspended(str(account_id))
    if state != "active":
        raise InvalidToken(state)


async def _purge_account(tx: Tx, account_id: int) -> bool:
    """False when its owner came back meanwhile, or another worker was faster. The handle stays claimed."""
    credentials = await credential_queries.select_credentials_for_update(tx, account_id)
    # Read anew: while this waited for the lock, a log-in may have kept the account.
    if credentials is None or (await lock_account(tx, account_id)).state != "deleting":
        return False
    email_hash = hash_of_email(parse_email(credentials.email))
    await credential_queries.delete_email_claim(tx, email_hash=email_hash, account_id=account_id)
    await credential_queries.delete_login_failures(tx, account_id)
    await end_tokens(tx, account_id, "reset", "verify", "change")
    await factor_queries.delete_factor(tx, account_id)
    await factor_queries.delete_recovery_codes(tx, account_id)
    await queries.delete_sessions(tx, account_id)
    await queries.delete_preferences(tx, account_id)
    await queries.delete_own_audit(tx, account_id)
    await queries.delete_credentials(tx, account_id)
    await forget_keys(tx, account_id)
    await set_state(tx, account_id, "deleted")
    await announce(tx, AccountPurged(account_id=account_id))
    return True
