"""Beginning, changing and leaving conversations."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from hubbub.accounts import AccountNotFound
from hubbub.graph import NotYourself, require_visible
from hubbub.messages import queries
from hubbub.messages.errors import GroupFull
from hubbub.messages.events import (
    ConversationChanged,
    ConversationEmptied,
    MemberChanged,
    MemberNews,
)
from hubbub.messages.queries import Conversation, Member, MemberState
from hubbub.messages.schemas import MAX_MEMBERS, History, Role
from hubbub.messages.service.preferences import comes_straight
from hubbub.messages.service.seats import Seat, lock_group, lock_seat
from hubbub.messages.wording import clean_name
from hubbub.platform.db import Tx
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.visibility import load_facts, may_see_account


@dataclass(frozen=True, slots=True)
class Opened:
    conversation_id: int
    is_new: bool


async def open_pair(tx: Tx, *, account_id: int, other_id: int) -> Opened:
    """The one conversation of these two, however many open it at once.

    The other finds it once something is written. Raises NotYourself, AccountNotFound also across a block.
    """
    if account_id == other_id:
        raise NotYourself(str(account_id))
    facts = await require_visible(tx, viewer_id=account_id, account_id=other_id)
    if facts.relation(other_id).blocks:
        raise AccountNotFound("blocked by whoever asks")
    low_id, high_id = sorted((account_id, other_id))
    id_ = new_id()
    if not await queries.insert_pair(tx, low_id=low_id, high_id=high_id, conversation_id=id_):
        found = await queries.select_pair(tx, low_id=low_id, high_id=high_id)
        if found is None:
            raise AccountNotFound(f"{other_id} is being purged")
        await _come_back(tx, account_id=account_id, conversation_id=found)
        return Opened(found, is_new=False)
    await queries.insert_conversation(
        tx, Conversation(id_, False, "", "joined", version=1, members_count=2, last_id=0)
    )
    await queries.insert_members(tx, id_, [_member(account_id, "member")], activity_id=id_)
    await queries.insert_members(tx, id_, [_member(other_id, "requested")], activity_id=0)
    await announce(tx, ConversationChanged(conversation_id=id_, version=1))
    return Opened(id_, is_new=True)


async def _come_back(tx: Tx, *, account_id: int, conversation_id: int) -> None:
    """Whoever declined and now opens it themselves is asked once more."""
    among = await queries.select_members_among(tx, conversation_id=conversation_id, account_ids=[account_id])
    me = among.get(account_id)
    if me is not None and me.state == "declined":
        await queries.update_state(
            tx, conversation_id=conversation_id, account_id=account_id, state="requested"
        )


async def create_group(
    tx: Tx, *, owner_id: int, account_ids: Sequence[int], name: str = "", history: History = "joined"
) -> int:
    """Those who let not everybody add them are asked. Raises AccountNotFound, GroupFull, Invalid."""
    others = [account_id for account_id in dict.fromkeys(account_ids) if account_id != owner_id]
    if len(others) >= MAX_MEMBERS:
        raise GroupFull(str(len(others)))
    cleaned, id_ = clean_name(name), new_id()
    states = await states_of_added(tx, by_id=owner_id, account_ids=others)
    await queries.insert_conversation(
        tx,
        Conversation(id_, True, cleaned, history, version=1, members_count=1 + len(others), last_id=0),
    )
    members = [_member(owner_id, "member", role="owner")]
    members += [_member(account_id, states[account_id]) for account_id in others]
    await queries.insert_members(tx, id_, members, activity_id=id_)
    await announce(tx, ConversationChanged(conversation_id=id_, version=1), *_asked(id_, owner_id, states))
    return id_


async def states_of_added(tx: Tx, *, by_id: int, account_ids: Sequence[int]) -> dict[int, MemberState]:
    """Member, or asked to become one. Raises AccountNotFound for whoever is hidden or blocked."""
    if not account_ids:
        return {}
    facts = await load_facts(tx, viewer_id=by_id, account_ids=account_ids)
    preferences = await queries.select_preferences(tx, account_ids)
    for account_id in account_ids:
        if not may_see_account(facts, account_id) or facts.relation(account_id).blocks:
            raise AccountNotFound(str(account_id))
    return {
        account_id: "member"
        if comes_straight(preferences[account_id].who_may_write, facts, account_id)
        else "requested"
        for account_id in account_ids
    }


def _asked(conversation_id: int, by_id: int, states: dict[int, MemberState]) -> list[MemberChanged]:
    return [
        MemberChanged(
            conversation_id=conversation_id, account_id=account_id, by_id=by_id, news="requested", version=1
        )
        for account_id, state in states.items()
        if state == "requested"
    ]


async def update_conversation(
    tx: Tx,
    *,
    account_id: int,
    conversation_id: int,
    name: str | UnsetType = UNSET,
    history: History | UnsetType = UNSET,
) -> None:
    """By admins of a group. Raises ConversationNotFound, NotAGroup, NotGroupAdmin, Invalid at `/name`."""
    seat = await lock_group(tx, account_id=account_id, conversation_id=conversation_id)
    old = seat.conversation
    new_name = old.name if name is UNSET else clean_name(name)
    new_history = old.history if history is UNSET else history
    if (new_name, new_history) == (old.name, old.history):
        return
    version = await queries.update_conversation(
        tx, conversation_id=conversation_id, name=new_name, history=new_history
    )
    await announce(tx, ConversationChanged(conversation_id=conversation_id, version=version))


async def leave_conversation(tx: Tx, *, account_id: int, conversation_id: int) -> None:
    """Leave a group for good, or clear a conversation of two until the other writes again.

    A request is declined by it. Raises ConversationNotFound.
    """
    seat = await lock_seat(tx, account_id=account_id, conversation_id=conversation_id)
    if seat.me.state == "requested":
        await decline(tx, seat)
    elif seat.conversation.is_group:
        await queries.update_state(tx, conversation_id=conversation_id, account_id=account_id, state="left")
        await close_gap(tx, seat, seat.me, news="left")
    else:
        await queries.update_as_cleared(
            tx, conversation_id=conversation_id, account_id=account_id, up_to=seat.conversation.last_id
        )


async def decline(tx: Tx, seat: Seat) -> None:
    """The others go on seeing somebody who has not answered, in a conversation of the same version; what
    is being written meanwhile moves no row of whoever declines."""
    await queries.update_state(
        tx, conversation_id=seat.conversation.id, account_id=seat.me.account_id, state="declined"
    )
    me, version = seat.me.account_id, seat.conversation.version
    await announce(tx, news_of(seat, me, by_id=me, version=version, news="declined"))


async def close_gap(tx: Tx, seat: Seat, gone: Member, *, news: MemberNews) -> None:
    """After somebody's row has gone or says that they left: count, an heir, and whoever is left is told."""
    id_ = seat.conversation.id
    version = await queries.update_members_count(tx, conversation_id=id_, more=-1)
    await announce(tx, news_of(seat, gone.account_id, by_id=seat.me.account_id, version=version, news=news))
    if not await see_to_owner(tx, seat, version=version):
        await announce(tx, ConversationEmptied(conversation_id=id_))


async def see_to_owner(tx: Tx, seat: Seat, *, version: int) -> bool:
    """A group without one gets its oldest admin, or else its oldest member; False when it has neither."""
    id_ = seat.conversation.id
    heir = await queries.select_heir(tx, id_)
    if heir is not None and seat.conversation.is_group and heir.role != "owner":
        await queries.update_role(tx, conversation_id=id_, account_id=heir.account_id, role="owner")
        news = news_of(seat, heir.account_id, by_id=heir.account_id, version=version, news="role")
        await announce(tx, news)
    return heir is not None


def news_of(seat: Seat, account_id: int, *, by_id: int, version: int, news: MemberNews) -> MemberChanged:
    return MemberChanged(
        conversation_id=seat.conversation.id,
        account_id=account_id,
        by_id=by_id,
        news=news,
        version=version,
    )


def _member(account_id: int, state: MemberState, *, role: Role = "member") -> Member:
    return Member(account_id, new_id(), role, state, from_id=0, read_id=0, delivered_id=0)
