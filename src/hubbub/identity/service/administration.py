"""What operators do to accounts from the command line. Every change leaves a row in the audit log."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from hubbub.accounts import Account, find_account_id, load_accounts, lock_account, set_role, set_state
from hubbub.errors import Conflict, Invalid
from hubbub.identity.clients import Client
from hubbub.identity.queries import credentials as credential_queries
from hubbub.identity.queries import lifecycle as queries
from hubbub.identity.queries import sessions as session_queries
from hubbub.identity.queries.credentials import Credentials
from hubbub.identity.service.emails import hash_of_email
from hubbub.identity.service.factors import remove_factor
from hubbub.identity.service.lifecycle import suspend_account, unsuspend_account
from hubbub.identity.service.registration import NewPerson, register_person
from hubbub.identity.service.sessions import revoke_all_sessions
from hubbub.platform.db import Tx
from hubbub.platform.http import parse_id
from hubbub.platform.ids import new_id
from hubbub.platform.services import Services
from hubbub.platform.text.emails import parse_email


class StillSuspended(Conflict):
    code = "still_suspended"
    message = "A suspended account is deleted without a grace (--grace-days 0), or unsuspended first."


class BeingDeleted(Conflict):
    code = "being_deleted"
    message = (
        "The account is being deleted; to keep its owner from coming back, delete it with --grace-days 0."
    )


class NotSuspended(Conflict):
    code = "not_suspended"
    message = "The account is not suspended."


Role: TypeAlias = Literal["member", "moderator", "admin"]
# Of changes that nobody who has an account made.
OPERATOR = 0


@dataclass(frozen=True, slots=True)
class PersonFile:
    """What an operator is shown of somebody. `credentials` are gone after the purge."""

    account: Account
    credentials: Credentials | None
    sessions: int


async def find_person(tx: Tx, who: str) -> PersonFile | None:
    """By id, handle (with or without @) or e-mail address, whatever the account's state."""
    account_id = await _find_id(tx, who.strip())
    if account_id is None:
        return None
    account = (await load_accounts(tx, [account_id])).get(account_id)
    if account is None:
        return None
    credentials = await credential_queries.select_credentials(tx, account_id)
    sessions = await session_queries.select_live_session_ids(tx, account_id=account_id)
    return PersonFile(account, credentials, len(sessions))


async def create_person(
    services: Services, tx: Tx, *, person: NewPerson, password_hash: str, role: Role
) -> int:
    """An account whose address counts as confirmed. Returns its id. Raises HandleTaken, EmailTaken."""
    client = Client(ip="127.0.0.1", user_agent="hubbub admin")
    account, _ = await register_person(
        services, tx, person=person, password_hash=password_hash, client=client, is_verified=True
    )
    await revoke_all_sessions(tx, account_id=account.id, reason="logged_out")
    if role != "member":
        await set_role(tx, account.id, role)
    await _record(tx, "create_account", account.id, {"role": role})
    return account.id


async def change_role(tx: Tx, account_id: int, role: Role) -> list[int]:
    """Returns the account's sessions, for `SessionStates.changed`."""
    await set_role(tx, account_id, role)
    await _record(tx, "change_role", account_id, {"role": role})
    return await session_queries.select_live_session_ids(tx, account_id=account_id)


async def suspend_person(tx: Tx, account_id: int, *, reason: str) -> list[int]:
    """Returns the account's sessions, for `SessionStates.changed`. Raises BeingDeleted."""
    if (await lock_account(tx, account_id)).state in ("deleting", "deleted"):
        raise BeingDeleted
    await _record(tx, "suspend_account", account_id, {"reason": reason})
    return await suspend_account(tx, account_id)


async def unsuspend_person(tx: Tx, account_id: int) -> list[int]:
    """Returns the account's sessions, for `SessionStates.changed`. Raises NotSuspended."""
    if (await lock_account(tx, account_id)).state != "suspended":
        raise NotSuspended
    await _record(tx, "unsuspend_account", account_id, {})
    return await unsuspend_account(tx, account_id)


async def delete_person(tx: Tx, account_id: int, *, grace_days: int) -> list[int]:
    """Hide the account at once; the worker purges it after the grace. Returns the sessions ended.

    A log-in within the grace keeps the account, so one that is suspended has none: raises StillSuspended.
    """
    account = await lock_account(tx, account_id)
    if account.state == "suspended" and grace_days:
        raise StillSuspended
    purge_after = datetime.now(UTC) + timedelta(days=grace_days)
    await set_state(tx, account_id, "deleting", purge_after=purge_after)
    await _record(tx, "delete_account", account_id, {"grace_days": grace_days})
    return await revoke_all_sessions(tx, account_id=account_id, reason="deleted")


async def reset_second_factor(tx: Tx, account_id: int) -> None:
    """For somebody who lost both device and recovery codes. Raises TotpIsOff."""
    await remove_factor(tx, account_id)
    await _record(tx, "reset_second_factor", account_id, {})


async def _find_id(tx: Tx, who: str) -> int | None:
    if (number := parse_id(who)) is not None:
        return number
    if "@" in who[1:]:
        try:
            return await credential_queries.select_account_by_email(tx, hash_of_email(parse_email(who)))
        except Invalid:
            return None
    return await find_account_id(tx, who.removeprefix("@"))


async def _record(tx: Tx, action: str, subject_id: int, detail: dict[str, object]) -> None:
    await queries.insert_audit(
        tx,
        id_=new_id(),
        actor_id=OPERATOR,
        action=action,
        subject_id=subject_id,
        detail=json.dumps(detail),
    )
