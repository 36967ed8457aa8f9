"""Messages as those receive them who are not connected: to push, or to mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.accounts import load_accounts
from hubbub.messages import queries
from hubbub.messages.events import MessageSent
from hubbub.messages.queries import Conversation, Member, Message
from hubbub.messages.telling import load_audience
from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message, for one member who wants to be disturbed by it."""

    account_id: int
    conversation_id: int
    message_id: int
    sender_name: str
    group_name: str
    """Empty in a conversation of two, and for a group without a name."""
    text: str


async def load_received(tx: Tx, events: Sequence[MessageSent]) -> list[ReceivedMessage]:
    """To all members but the sender, but for those who have muted the conversation, have only been asked
    into it, have read the message, may not see it, or are in a block with its sender. In seven statements.
    """
    audience = await load_audience(tx, (event.conversation_id for event in events))
    keys = sorted({(event.conversation_id, event.message_id) for event in events})
    messages = [
        m for m in await queries.select_messages_by_keys(tx, keys) if not m.deleted_at and m.sender_id
    ]
    senders = await load_accounts(tx, {message.sender_id for message in messages})
    people = {member.account_id for few in audience.members.values() for member in few}
    blocks = await queries.select_blocks_among(tx, account_ids=sorted(senders), other_ids=sorted(people))
    hidden = await queries.select_hidden(tx, keys)
    muted = await queries.select_muting(tx, sorted(audience.conversations))
    found = []
    for message in messages:
        conversation, sender = (
            audience.conversations.get(message.conversation_id),
            senders.get(message.sender_id),
        )
        if conversation is None or sender is None or sender.state != "active":
            continue
        name = sender.display_name or f"@{sender.handle}"
        found += [
            _received(member, message, conversation, name)
            for member in audience.joined(conversation.id)
            if _is_wanted(member, message)
            and (message.sender_id, member.account_id) not in blocks
            and (conversation.id, member.account_id) not in muted
            and (conversation.id, message.id, member.account_id) not in hidden
        ]
    return found


def _is_wanted(member: Member, message: Message) -> bool:
    is_new = message.id > max(member.from_id, member.read_id)
    return is_new and member.account_id != message.sender_id


def _received(
    member: Member, message: Message, conversation: Conversation, sender_name: str
) -> ReceivedMessage:
    return ReceivedMessage(
        account_id=member.account_id,
        conversation_id=conversation.id,
        message_id=message.id,
        sender_name=sender_name,
        group_name=conversation.name if conversation.is_group else "",
        text=message.text,
    )
