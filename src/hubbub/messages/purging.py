"""What purged accounts and abandoned conversations leave, taken away a bounded number of rows at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hubbub.accounts import AccountPurged
from hubbub.messages import queries
from hubbub.messages.events import ConversationEmptied, MessageRemnantsLeft
from hubbub.messages.service import Seat, close_gap
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce

BATCH = 500
BATCH_OF_CONVERSATIONS = 50


async def purge_messages(tx: Tx, events: Sequence[AccountPurged | MessageRemnantsLeft]) -> None:
    """A purged account is in no conversation; what it wrote is deleted and by nobody."""
    for account_id in sorted({event.account_id for event in events}):
        is_more = await _leave_some(tx, account_id)
        written = await queries.update_some_messages_of(
            tx, account_id=account_id, at=datetime.now(UTC), at_most=BATCH
        )
        others = await queries.delete_some_of_account(tx, account_id=account_id, at_most=BATCH)
        pairs = await queries.delete_pairs_of(tx, account_id=account_id, at_most=BATCH)
        if is_more or max(written, others, pairs) >= BATCH:
            await announce(tx, MessageRemnantsLeft(account_id=account_id))


async def _leave_some(tx: Tx, account_id: int) -> bool:
    """Whether there may be more."""
    ids = await queries.select_some_conversations_of(
        tx, account_id=account_id, at_most=BATCH_OF_CONVERSATIONS
    )
    for conversation_id in ids:
        conversation = await queries.select_conversation_for_update(tx, conversation_id)
        among = await queries.select_members_among(
            tx, conversation_id=conversation_id, account_ids=[account_id]
        )
        await queries.delete_member(tx, conversation_id=conversation_id, account_id=account_id)
        me = among.get(account_id)
        if conversation is not None and me is not None and me.state != "left":
            await close_gap(tx, Seat(conversation, me), me, news="left")
    return len(ids) >= BATCH_OF_CONVERSATIONS


async def remove_emptied(tx: Tx, events: Sequence[ConversationEmptied]) -> None:
    """Unless somebody has accepted in the meantime."""
    for conversation_id in sorted({event.conversation_id for event in events}):
        conversation = await queries.select_conversation_for_update(tx, conversation_id)
        if conversation is None or await queries.select_heir(tx, conversation_id) is not None:
            continue
        await queries.delete_members(tx, conversation_id)
        if await queries.delete_messages_of(tx, conversation_id, at_most=BATCH) >= BATCH:
            await announce(tx, ConversationEmptied(conversation_id=conversation_id))
        else:
            await queries.delete_conversation(tx, conversation_id)
