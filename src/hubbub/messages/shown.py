"""Conversations and messages as one account sees them: what that takes is loaded for a whole page at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from hubbub.accounts import BioEntities, CardView, card_view, load_accounts
from hubbub.messages import queries
from hubbub.messages.queries import ListedMember, Member, Message, Place, Reactions
from hubbub.messages.schemas import (
    FEW_MEMBERS,
    ConversationView,
    MarkerView,
    MemberView,
    MessageView,
    ReactionView,
)
from hubbub.messages.service import is_across_block
from hubbub.platform.db import Tx
from hubbub.platform.http import show_id_time, show_time
from hubbub.platform.services import Services
from hubbub.platform.text.entities import extract_entities
from hubbub.visibility import Facts, load_facts, may_see_account

Key = tuple[int, int]
"""Conversation and message."""
Cards = Mapping[int, CardView]
# Without one of these there is no mention, tag or link.
ENTITY_SIGNS = frozenset("@#＃.:")
NO_ENTITIES = BioEntities()


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the views of some conversations are made of, but for cards."""

    places: list[Place]
    members: Mapping[int, list[ListedMember]]
    last: Mapping[int, Message]
    reactions: Mapping[Key, list[Reactions]]
    facts: Facts

    @property
    def people(self) -> set[int]:
        """Whose cards are shown."""
        return visible_people(self.facts)


async def load_shown(tx: Tx, *, viewer_id: int, conversation_ids: Sequence[int]) -> Shown:
    """In five statements, however many; what the viewer is not in is left out."""
    places = await queries.select_places(tx, account_id=viewer_id, conversation_ids=conversation_ids)
    order = {conversation_id: place for place, conversation_id in enumerate(conversation_ids)}
    places.sort(key=lambda place: order[place.conversation.id])
    members: dict[int, list[ListedMember]] = defaultdict(list)
    for each in await queries.select_few_members(tx, list(order), limit=FEW_MEMBERS):
        members[each.conversation_id].append(each)
    keys = [(p.conversation.id, p.last_message_id) for p in places if p.last_message_id is not None]
    last = {message.conversation_id: message for message in await queries.select_messages_by_keys(tx, keys)}
    reactions = await load_reactions(tx, keys)
    people = {each.member.account_id for few in members.values() for each in few}
    people |= {message.sender_id for message in last.values()} - {0}
    facts = await load_facts(tx, viewer_id=viewer_id, account_ids=people)
    return Shown(places, members, last, reactions, facts)


async def load_reactions(tx: Tx, keys: Sequence[Key]) -> dict[Key, list[Reactions]]:
    found: dict[Key, list[Reactions]] = defaultdict(list)
    for each in await queries.select_reactions(tx, keys):
        found[each.conversation_id, each.message_id].append(each)
    return found


async def load_cards_in(tx: Tx, services: Services, account_ids: Iterable[int]) -> Cards:
    """From within a transaction, as they are stored."""
    accounts = await load_accounts(tx, account_ids)
    return {id_: card_view(account, services.public_url) for id_, account in accounts.items()}


def visible_people(facts: Facts) -> set[int]:
    return {account_id for account_id in facts.accounts if may_see_account(facts, account_id)}


def conversation_view(shown: Shown, place: Place, cards: Cards) -> ConversationView:
    conversation, me = place.conversation, place.me
    members = shown.members[conversation.id]
    last = shown.last.get(conversation.id)
    return ConversationView(
        id=str(conversation.id),
        is_group=conversation.is_group,
        name=conversation.name,
        history=conversation.history,
        role=me.role,
        is_request=me.state == "requested",
        may_write=_may_write(place, members, shown.facts),
        members_count=conversation.members_count,
        members=tuple(member_view(each, place, shown.facts, cards) for each in members),
        last_message=None
        if last is None
        else message_view(
            last, shown.reactions.get((last.conversation_id, last.id), ()), cards, me.account_id
        ),
        unread=place.unread,
        read_up_to=show_id(me.read_id),
        muted_until=None if place.muted_until is None else show_time(place.muted_until),
        created_at=show_id_time(conversation.id),
        version=conversation.version,
    )


def member_view(listed: ListedMember, place: Place, facts: Facts, cards: Cards) -> MemberView:
    member, me = listed.member, place.me
    is_known = member.account_id == me.account_id or _shares_receipts(listed, place, facts)
    return MemberView(
        account_id=str(member.account_id),
        account=cards.get(member.account_id),
        role=member.role,
        is_pending=member.is_pending,
        read_up_to=show_id(member.read_id) if is_known else None,
        delivered_up_to=show_id(max(member.delivered_id, member.read_id)) if is_known else None,
    )


def message_view(
    message: Message, reactions: Sequence[Reactions], cards: Cards, viewer_id: int
) -> MessageView:
    """`my_reactions` is all that depends on the viewer, but for cards that they may not see."""
    return MessageView(
        id=str(message.id),
        conversation_id=str(message.conversation_id),
        sender_id=show_id(message.sender_id),
        sender=cards.get(message.sender_id),
        text=message.text,
        entities=entities_of(message.text),
        reply_to=None if message.reply_to is None else str(message.reply_to),
        reactions=tuple(ReactionView(emoji=each.emoji, count=len(each.account_ids)) for each in reactions),
        created_at=show_id_time(message.id),
        edited_at=None if message.edited_at is None else show_time(message.edited_at),
        is_deleted=message.deleted_at is not None,
        version=message.version,
        my_reactions=tuple(each.emoji for each in reactions if viewer_id in each.account_ids),
    )


def marker_view(place: Place) -> MarkerView:
    return MarkerView(
        conversation_id=str(place.conversation.id),
        read_up_to=show_id(place.me.read_id),
        delivered_up_to=show_id(place.me.delivered_id),
        unread=place.unread,
    )


def entities_of(text: str) -> BioEntities:
    if ENTITY_SIGNS.isdisjoint(text):
        return NO_ENTITIES
    return msgspec.convert(msgspec.to_builtins(extract_entities(text)), BioEntities)


def show_id(id_: int) -> str | None:
    return str(id_) if id_ else None


def _may_write(place: Place, members: Sequence[ListedMember], facts: Facts) -> bool:
    if place.conversation.is_group:
        return place.me.state == "member"
    others = [each.member.account_id for each in members if each.member.account_id != place.me.account_id]
    return any(_is_open(account_id, facts) for account_id in others)


def _is_open(other_id: int, facts: Facts) -> bool:
    other = facts.accounts.get(other_id)
    return other is not None and other.is_active and not is_across_block(facts, other_id)


def _shares_receipts(listed: ListedMember, place: Place, facts: Facts) -> bool:
    """Both have them on, both are in, and there is no block."""
    other: Member = listed.member
    are_on = listed.has_receipts and place.has_receipts
    are_in = other.state == "member" and place.me.state == "member"
    return are_on and are_in and not is_across_block(facts, other.account_id)
