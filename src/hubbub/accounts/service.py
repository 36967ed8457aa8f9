"""The verbs on accounts themselves."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from hubbub.accounts import queries
from hubbub.accounts.errors import AccountNotFound, HandleTaken
from hubbub.accounts.events import AccountChanged, AccountCreated, AccountStateChanged
from hubbub.accounts.profile_text import ProfileChanges, clean_display_name, merge_profile, text_of
from hubbub.accounts.queries import Account
from hubbub.platform.db import Tx, note_change
from hubbub.platform.outbox import announce
from hubbub.platform.text.handles import Handle, fold_handle
from hubbub.platform.text.languages import parse_language

State = Literal["active", "deactivated", "suspended", "deleting", "deleted"]


async def create_account(
    tx: Tx, *, account_id: int, handle: Handle, display_name: str, locale: str = "en"
) -> Account:
    """Claim the handle and what looks like it, and open the account. Raises HandleTaken, Invalid."""
    names = sorted({handle.name, handle.skeleton})
    claimed = await queries.insert_names(
        tx, names=names, are_skeletons=[name != handle.name for name in names], account_id=account_id
    )
    if claimed < len(names):
        raise HandleTaken(handle.name)
    account = await queries.insert_account(
        tx,
        account_id=account_id,
        handle=handle.name,
        display_name=clean_display_name(display_name),
        locale=parse_language(locale, field="locale"),
    )
    await announce(tx, AccountCreated(account_id=account_id))
    return account


async def find_account_id(tx: Tx, handle: str) -> int | None:
    """Whose handle it is, in any case of letters and whatever the account's state."""
    return next(iter((await find_account_ids(tx, [handle])).values()), None)


async def find_account_ids(tx: Tx, handles: Iterable[str]) -> dict[str, int]:
    """Ids by folded handle, in one statement; what nobody has, or nobody could have, is left out."""
    names = {name for name in map(fold_handle, handles) if name is not None}
    return await queries.select_ids_by_handle(tx, sorted(names)) if names else {}


async def load_accounts(tx: Tx, account_ids: Iterable[int]) -> dict[int, Account]:
    """Rows by id, in one statement; missing ones are left out."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    return {account.id: account for account in await queries.select_accounts(tx, wanted)}


async def load_account(tx: Tx, account_id: int) -> Account:
    """Raises AccountNotFound when there never was one; the state is for the caller to judge."""
    found = (await load_accounts(tx, [account_id])).get(account_id)
    if found is None:
        raise AccountNotFound(str(account_id))
    return found


async def lock_account(tx: Tx, account_id: int) -> Account:
    """The row, held against other writers until the transaction ends. Raises AccountNotFound."""
    account = await queries.select_account_for_update(tx, account_id)
    if account is None:
        raise AccountNotFound(str(account_id))
    return account


async def update_profile(tx: Tx, *, account: Account, changes: ProfileChanges) -> Account:
    """Clean and store what changes of a locked account (`lock_account`); no change writes nothing.

    Raises Invalid naming each field that is refused.
    """
    profile = merge_profile(account, changes)
    if profile == text_of(account):
        return account
    updated = await queries.update_profile_text(tx, account_id=account.id, profile=profile)
    has_opened = account.is_private and not updated.is_private
    await announce(tx, AccountChanged(account_id=account.id, has_opened=has_opened))
    note_change("account", account.id)
    return updated


async def set_state(tx: Tx, account_id: int, state: State, *, purge_after: datetime | None = None) -> bool:
    """Whether anything changed. Once committed, the next read anywhere goes by the new state."""
    has_changed = await queries.update_state(tx, account_id=account_id, state=state, purge_after=purge_after)
    if has_changed:
        await announce(tx, AccountStateChanged(account_id=account_id, state=state))
        note_change("account", account_id)
    return has_changed


async def set_role(tx: Tx, account_id: int, role: Literal["member", "moderator", "admin"]) -> bool:
    """Whether anything changed."""
    return await queries.update_role(tx, account_id=account_id, role=role)
