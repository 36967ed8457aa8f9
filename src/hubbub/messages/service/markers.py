"""How far somebody has read, and been brought, what others wrote."""

from hubbub.messages import queries
from hubbub.messages.errors import ConversationNotFound
from hubbub.messages.events import MarkerMoved
from hubbub.messages.queries import Place
from hubbub.messages.service.seats import require_place
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce


async def mark_read(tx: Tx, *, account_id: int, conversation_id: int, up_to: int) -> Place:
    """Never backwards, whichever device says so. Raises ConversationNotFound."""
    moved = await queries.update_read(tx, conversation_id=conversation_id, account_id=account_id, up_to=up_to)
    return await _tell(tx, moved, account_id=account_id, conversation_id=conversation_id)


async def mark_delivered(tx: Tx, *, account_id: int, conversation_id: int, up_to: int) -> Place:
    """The same for what has reached one of their devices."""
    moved = await queries.update_delivered(
        tx, conversation_id=conversation_id, account_id=account_id, up_to=up_to
    )
    return await _tell(tx, moved, account_id=account_id, conversation_id=conversation_id)


async def _tell(tx: Tx, moved: bool | None, *, account_id: int, conversation_id: int) -> Place:
    if moved is None:
        raise ConversationNotFound(f"{conversation_id} for {account_id}")
    if moved:
        await announce(tx, MarkerMoved(conversation_id=conversation_id, account_id=account_id))
    return await require_place(tx, account_id=account_id, conversation_id=conversation_id)
