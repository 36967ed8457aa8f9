"""Who is in a conversation; everything else begins with it."""

from dataclasses import dataclass

from hubbub.messages import queries
from hubbub.messages.errors import ConversationNotFound, NotAGroup, NotGroupAdmin
from hubbub.messages.queries import Conversation, Member, Place, Sight
from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class Seat:
    conversation: Conversation
    me: Member

    @property
    def sight(self) -> Sight:
        return Sight(self.conversation.id, self.me.account_id, self.me.from_id)


async def require_place(tx: Tx, *, account_id: int, conversation_id: int) -> Place:
    """Of a member, or of whoever is asked to be one. Raises ConversationNotFound alike for all others."""
    found = await queries.select_places(tx, account_id=account_id, conversation_ids=[conversation_id])
    if not found:
        raise ConversationNotFound(f"{conversation_id} for {account_id}")
    return found[0]


async def require_seat(tx: Tx, *, account_id: int, conversation_id: int) -> Seat:
    """The same without what is counted and looked for."""
    found = await queries.select_seat(tx, conversation_id=conversation_id, account_id=account_id)
    if found is None:
        raise ConversationNotFound(f"{conversation_id} for {account_id}")
    return Seat(*found)


async def lock_seat(tx: Tx, *, account_id: int, conversation_id: int) -> Seat:
    """The same, with the conversation held until the transaction ends."""
    conversation = await queries.select_conversation_for_update(tx, conversation_id)
    among = await queries.select_members_among(tx, conversation_id=conversation_id, account_ids=[account_id])
    me = among.get(account_id)
    if conversation is None or me is None or me.state not in ("member", "requested"):
        raise ConversationNotFound(f"{conversation_id} for {account_id}")
    return Seat(conversation, me)


async def lock_group(tx: Tx, *, account_id: int, conversation_id: int) -> Seat:
    """For what admins of a group do. Raises ConversationNotFound, NotAGroup, NotGroupAdmin."""
    seat = await lock_seat(tx, account_id=account_id, conversation_id=conversation_id)
    if not seat.conversation.is_group:
        raise NotAGroup(str(conversation_id))
    if seat.me.state != "member" or seat.me.role == "member":
        raise NotGroupAdmin(f"{account_id} in {conversation_id}")
    return seat
