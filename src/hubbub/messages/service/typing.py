"""Whom it concerns that a member types."""

from hubbub.messages import queries
from hubbub.messages.service.seats import require_seat
from hubbub.messages.service.sending import is_across_block
from hubbub.platform.db import Tx
from hubbub.visibility import load_facts

# In larger groups nobody is shown who types.
MOST_SHOWN = 32


async def load_typing_audience(tx: Tx, *, account_id: int, conversation_id: int) -> list[int]:
    """The other members, without those across a block. Raises ConversationNotFound for who is not in it.

    Nobody is told before both sides have accepted the conversation.
    """
    seat = await require_seat(tx, account_id=account_id, conversation_id=conversation_id)
    if seat.me.state != "member" or seat.conversation.members_count > MOST_SHOWN:
        return []
    members = await queries.select_all_members(tx, [conversation_id])
    others = [
        member.account_id
        for _, member in members
        if member.state == "member" and member.account_id != account_id
    ]
    known = await load_facts(tx, viewer_id=account_id, account_ids=others)
    return [
        other
        for other in others
        if other in known.accounts and known.accounts[other].is_active and not is_across_block(known, other)
    ]
