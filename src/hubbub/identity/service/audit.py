from typing import Literal

from hubbub.identity.queries import lifecycle as queries
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id

Action = Literal[
    "change_password",
    "reset_password",
    "change_email",
    "turn_totp_on",
    "turn_totp_off",
    "renew_recovery_codes",
    "deactivate_account",
    "delete_account",
]


async def note(tx: Tx, account_id: int, action: Action) -> None:
    """Remember what somebody did to their own account, beside what moderators do to others."""
    await queries.insert_audit(tx, id_=new_id(), actor_id=account_id, action=action, subject_id=account_id)
