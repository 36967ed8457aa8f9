"""What is done to a message that was sent, and what may be seen of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hubbub.messages import queries
from hubbub.messages.errors import (
    EditTooLate,
    MessageNotFound,
    NotAccepted,
    NotYourMessage,
    TooManyReactions,
)
from hubbub.messages.events import MessageChanged, MessageDeleted
from hubbub.messages.queries import Conversation, Message
from hubbub.messages.schemas import MAX_KINDS_OF_REACTIONS
from hubbub.messages.service.seats import Seat, require_seat
from hubbub.messages.service.sending import is_across_block, require_open
from hubbub.messages.wording import clean_message, fold, read_emoji
from hubbub.platform.db import Tx
from hubbub.platform.ids import id_time, new_id
from hubbub.platform.outbox import announce
from hubbub.visibility import Facts, load_facts

EDIT_SECONDS = 86_400


def is_shown(message: Message, conversation: Conversation, known: Facts) -> bool:
    """To a member from whom nothing keeps it but what they did themselves, and in groups a block."""
    if message.is_hidden:
        return False
    return not (conversation.is_group and is_across_block(known, message.sender_id))


async def load_message(
    tx: Tx, *, account_id: int, conversation_id: int, message_id: int
) -> tuple[Seat, Message]:
    """Raises ConversationNotFound, MessageNotFound alike for missing, hidden, and from before joining."""
    seat = await require_seat(tx, account_id=account_id, conversation_id=conversation_id)
    found = await queries.select_message(
        tx, conversation_id=conversation_id, account_id=account_id, message_id=message_id
    )
    if found is None or found.id <= seat.me.from_id:
        raise MessageNotFound(f"{message_id} for {account_id}")
    known = await load_facts(tx, viewer_id=account_id, account_ids={found.sender_id} - {account_id, 0})
    if not is_shown(found, seat.conversation, known):
        raise MessageNotFound(f"{message_id} for {account_id}")
    return seat, found


async def edit_message(
    tx: Tx, *, account_id: int, conversation_id: int, message_id: int, text: str
) -> Message:
    """One's own, for a day.

    Raises as `load_message`, NotYourMessage, EditTooLate, ConversationClosed, Invalid.
    """
    cleaned = clean_message(text)
    seat, found = await load_message(
        tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id
    )
    if found.deleted_at is not None:
        raise MessageNotFound("deleted")
    if found.sender_id != account_id:
        raise NotYourMessage(str(message_id))
    now = datetime.now(UTC)
    if now - id_time(message_id) > timedelta(seconds=EDIT_SECONDS):
        raise EditTooLate(str(message_id))
    await _require_open(tx, seat)
    if cleaned == found.text:
        return found
    edited = await queries.update_text(
        tx,
        conversation_id=conversation_id,
        message_id=message_id,
        text=cleaned,
        folded=fold(cleaned),
        at=now,
    )
    if edited is None:
        raise MessageNotFound("deleted meanwhile")
    await announce(tx, MessageChanged(conversation_id=conversation_id, message_id=message_id))
    return edited


async def delete_for_all(tx: Tx, *, account_id: int, conversation_id: int, message_id: int) -> None:
    """One's own, and in a group its admins anybody's. May be repeated.

    Raises as `load_message`, NotYourMessage.
    """
    seat, found = await load_message(
        tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id
    )
    is_admin = seat.conversation.is_group and seat.me.state == "member" and seat.me.role != "member"
    if found.sender_id != account_id and not is_admin:
        raise NotYourMessage(str(message_id))
    has_gone = await queries.update_as_deleted(
        tx, conversation_id=conversation_id, message_id=message_id, at=datetime.now(UTC)
    )
    if has_gone:
        await announce(tx, MessageDeleted(conversation_id=conversation_id, message_id=message_id))


async def delete_for_me(tx: Tx, *, account_id: int, conversation_id: int, message_id: int) -> None:
    """Nobody else is told. Raises as `load_message`: what is gone for oneself already is not there."""
    await load_message(tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id)
    is_new = await queries.insert_hidden(
        tx, conversation_id=conversation_id, account_id=account_id, message_id=message_id
    )
    if is_new:
        event = MessageDeleted(conversation_id=conversation_id, message_id=message_id, account_id=account_id)
        await announce(tx, event)


async def add_reaction(
    tx: Tx, *, account_id: int, conversation_id: int, message_id: int, emoji: str
) -> Message:
    """May be repeated.

    Raises as `load_message`, NotAccepted, ConversationClosed, TooManyReactions, Invalid.
    """
    one = read_emoji(emoji)
    found = await _lock_reactable(
        tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id
    )
    kinds = await queries.select_emoji(tx, conversation_id=conversation_id, message_id=message_id)
    if one not in kinds and len(kinds) >= MAX_KINDS_OF_REACTIONS:
        raise TooManyReactions(str(message_id))
    has_changed = await queries.insert_reaction(
        tx,
        conversation_id=conversation_id,
        message_id=message_id,
        account_id=account_id,
        emoji=one,
        id_=new_id(),
    )
    return await _changed(tx, found, has_changed=has_changed)


async def remove_reaction(
    tx: Tx, *, account_id: int, conversation_id: int, message_id: int, emoji: str
) -> Message:
    """May be repeated. Raises as `load_message`, NotAccepted, ConversationClosed, Invalid."""
    one = read_emoji(emoji)
    found = await _lock_reactable(
        tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id
    )
    has_changed = await queries.delete_reaction(
        tx, conversation_id=conversation_id, message_id=message_id, account_id=account_id, emoji=one
    )
    return await _changed(tx, found, has_changed=has_changed)


async def _lock_reactable(tx: Tx, *, account_id: int, conversation_id: int, message_id: int) -> Message:
    is_there = await queries.lock_message(tx, conversation_id=conversation_id, message_id=message_id)
    seat, found = await load_message(
        tx, account_id=account_id, conversation_id=conversation_id, message_id=message_id
    )
    if not is_there or found.deleted_at is not None:
        raise MessageNotFound("deleted")
    if seat.me.state != "member":
        raise NotAccepted(str(conversation_id))
    await _require_open(tx, seat)
    return found


async def _require_open(tx: Tx, seat: Seat) -> None:
    """Raises ConversationClosed where two cannot write to each other any more."""
    if seat.conversation.is_group:
        return
    members = await queries.select_few_members(tx, [seat.conversation.id], limit=2)
    others = [each.member.account_id for each in members if each.member.account_id != seat.me.account_id]
    known = await load_facts(tx, viewer_id=seat.me.account_id, account_ids=others)
    require_open(others[0] if others else 0, known)


async def _changed(tx: Tx, found: Message, *, has_changed: bool) -> Message:
    if not has_changed:
        return found
    await announce(tx, MessageChanged(conversation_id=found.conversation_id, message_id=found.id))
    return replace(found, version=found.version + 1)


async def load_known(tx: Tx, account_id: int, messages: Sequence[Message]) -> Facts:
    """About whoever wrote these."""
    senders = {message.sender_id for message in messages} - {0}
    return await load_facts(tx, viewer_id=account_id, account_ids=senders)
