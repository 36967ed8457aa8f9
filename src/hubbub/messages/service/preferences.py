from dataclasses import replace

from msgspec import UNSET, UnsetType

from hubbub.accounts import lock_account
from hubbub.messages import queries
from hubbub.messages.queries import Preferences
from hubbub.messages.schemas import Audience
from hubbub.platform.db import Tx
from hubbub.visibility import Facts


async def load_preferences(tx: Tx, account_id: int) -> Preferences:
    return (await queries.select_preferences(tx, [account_id]))[account_id]


async def update_preferences(
    tx: Tx,
    account_id: int,
    *,
    who_may_write: Audience | UnsetType = UNSET,
    has_receipts: bool | UnsetType = UNSET,
) -> Preferences:
    """It holds from now on: conversations that have been accepted stay so."""
    await lock_account(tx, account_id)
    old = await load_preferences(tx, account_id)
    new = replace(
        old,
        who_may_write=old.who_may_write if who_may_write is UNSET else who_may_write,
        has_receipts=old.has_receipts if has_receipts is UNSET else has_receipts,
    )
    if new != old:
        await queries.upsert_preferences(tx, account_id=account_id, preferences=new)
    return new


def comes_straight(audience: Audience, facts_of_sender: Facts, recipient_id: int) -> bool:
    """Whether what the sender begins reaches the recipient without a request."""
    if audience == "followed":
        return facts_of_sender.relation(recipient_id).followed_by
    return audience == "everyone"
