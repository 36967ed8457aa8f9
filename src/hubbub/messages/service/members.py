"""Who is in a group, and as what; and requests to be in a conversation."""

from hubbub.messages import queries
from hubbub.messages.errors import ConversationNotFound, GroupFull, MemberNotFound, NotGroupAdmin
from hubbub.messages.events import MemberNews
from hubbub.messages.queries import Member
from hubbub.messages.schemas import MAX_MEMBERS, Role
from hubbub.messages.service.conversations import (
    close_gap,
    decline,
    leave_conversation,
    news_of,
    see_to_owner,
    states_of_added,
)
from hubbub.messages.service.seats import Seat, lock_group, lock_seat
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce


async def add_member(tx: Tx, *, account_id: int, conversation_id: int, member_id: int) -> None:
    """By admins. May be repeated; who does not let them, or left by themselves, is asked.

    Raises ConversationNotFound, NotAGroup, NotGroupAdmin, GroupFull, AccountNotFound.
    """
    seat = await lock_group(tx, account_id=account_id, conversation_id=conversation_id)
    found = await _find(tx, conversation_id, member_id)
    if found is not None and found.state != "left":
        return
    states = await states_of_added(tx, by_id=account_id, account_ids=[member_id])
    state = "requested" if found is not None else states[member_id]
    if seat.conversation.members_count >= MAX_MEMBERS:
        raise GroupFull(str(conversation_id))
    last_id = seat.conversation.last_id
    from_id = 0 if seat.conversation.history == "all" else last_id
    new = Member(member_id, new_id(), "member", state, from_id, read_id=last_id, delivered_id=last_id)
    await queries.insert_members(tx, conversation_id, [new], activity_id=new.id)
    version = await queries.update_members_count(tx, conversation_id=conversation_id, more=1)
    news: MemberNews = "added" if state == "member" else "requested"
    await announce(tx, news_of(seat, member_id, by_id=account_id, version=version, news=news))


async def remove_member(tx: Tx, *, account_id: int, conversation_id: int, member_id: int) -> None:
    """Admins remove members, the owner anybody; oneself by leaving. May be repeated.

    Raises ConversationNotFound, NotAGroup, NotGroupAdmin.
    """
    if member_id == account_id:
        await leave_conversation(tx, account_id=account_id, conversation_id=conversation_id)
        return
    seat = await lock_group(tx, account_id=account_id, conversation_id=conversation_id)
    found = await _find(tx, conversation_id, member_id)
    if found is None or found.state == "left":
        return
    if seat.me.role != "owner" and found.role != "member":
        raise NotGroupAdmin(f"{account_id} removing {found.role}")
    await queries.delete_member(tx, conversation_id=conversation_id, account_id=member_id)
    await close_gap(tx, seat, found, news="removed")


async def change_role(tx: Tx, *, account_id: int, conversation_id: int, member_id: int, role: Role) -> None:
    """By the owner, who hands the group over by naming another owner.

    Raises ConversationNotFound, NotAGroup, NotGroupAdmin, MemberNotFound.
    """
    seat = await lock_group(tx, account_id=account_id, conversation_id=conversation_id)
    if seat.me.role != "owner":
        raise NotGroupAdmin("not the owner")
    found = await _find(tx, conversation_id, member_id)
    if found is None or found.state != "member":
        raise MemberNotFound(f"{member_id} in {conversation_id}")
    if member_id == account_id and role != "owner":
        raise NotGroupAdmin("a group has an owner")
    if found.role == role:
        return
    if role == "owner":
        await queries.update_role(tx, conversation_id=conversation_id, account_id=account_id, role="admin")
    await queries.update_role(tx, conversation_id=conversation_id, account_id=member_id, role=role)
    version = await queries.update_members_count(tx, conversation_id=conversation_id, more=0)
    await announce(tx, news_of(seat, member_id, by_id=account_id, version=version, news="role"))


async def accept_request(tx: Tx, *, account_id: int, conversation_id: int) -> None:
    """May be repeated. Raises ConversationNotFound."""
    seat = await lock_seat(tx, account_id=account_id, conversation_id=conversation_id)
    if seat.me.state == "member":
        return
    await queries.update_state(tx, conversation_id=conversation_id, account_id=account_id, state="member")
    version = await queries.update_members_count(tx, conversation_id=conversation_id, more=0)
    await announce(tx, news_of(seat, account_id, by_id=account_id, version=version, news="accepted"))
    await see_to_owner(tx, seat, version=version)


async def decline_request(tx: Tx, *, account_id: int, conversation_id: int) -> None:
    """Raises ConversationNotFound, also for what was accepted: that is left instead."""
    seat: Seat = await lock_seat(tx, account_id=account_id, conversation_id=conversation_id)
    if seat.me.state != "requested":
        raise ConversationNotFound("no request")
    await decline(tx, seat)


async def _find(tx: Tx, conversation_id: int, account_id: int) -> Member | None:
    among = await queries.select_members_among(tx, conversation_id=conversation_id, account_ids=[account_id])
    return among.get(account_id)
