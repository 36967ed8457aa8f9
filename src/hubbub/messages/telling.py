"""Frames about conversations, for every device of everybody who may see what they say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from hubbub.accounts import card_view, load_accounts
from hubbub.messages import queries
from hubbub.messages.events import (
    ConversationChanged,
    MarkerMoved,
    MemberChanged,
    MessageChanged,
    MessageDeleted,
    MessageSent,
)
from hubbub.messages.queries import Conversation, Member, Message, Reactions, Watermark
from hubbub.messages.schemas import ConversationNews, DeletedMessage, MarkerNews, ReceiptNews
from hubbub.messages.shown import Cards, Key, load_reactions, message_view, show_id
from hubbub.platform.db import Tx
from hubbub.platform.live import Told
from hubbub.platform.services import Services

MessageEvent = MessageSent | MessageChanged | MessageDeleted
ConversationEvent = ConversationChanged | MemberChanged
# In larger groups receipts are not told live: each is a message to everybody.
MOST_RECEIPTS = 32
TYPES = {MessageSent: "message", MessageChanged: "message.updated", MessageDeleted: "message.deleted"}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is in some conversations."""

    conversations: Mapping[int, Conversation]
    members: Mapping[int, list[Member]]

    def joined(self, conversation_id: int) -> list[Member]:
        return [member for member in self.members.get(conversation_id, ()) if member.state == "member"]


async def load_audience(tx: Tx, conversation_ids: Iterable[int]) -> Audience:
    """In two statements."""
    wanted = sorted(set(conversation_ids))
    conversations = await queries.select_conversations(tx, wanted)
    members: dict[int, list[Member]] = defaultdict(list)
    for conversation_id, member in await queries.select_all_members(tx, wanted):
        members[conversation_id].append(member)
    return Audience({each.id: each for each in conversations}, members)


@dataclass(frozen=True, slots=True)
class MessagesToTell:
    """What is to be told of some messages, and who of their audience is left out."""

    messages: Mapping[Key, Message]
    reactions: Mapping[Key, list[Reactions]]
    cards: Cards
    blocks: set[tuple[int, int]]
    hidden: set[tuple[int, int, int]]

    def may_see(self, message: Message, conversation: Conversation, member: Member) -> bool:
        key = (message.conversation_id, message.id, member.account_id)
        is_blocked = conversation.is_group and (message.sender_id, member.account_id) in self.blocks
        return message.id > member.from_id and key not in self.hidden and not is_blocked


async def tell_of_messages(
    tx: Tx, services: Services, audience: Audience, events: Sequence[MessageEvent]
) -> list[Told]:
    keys = [(event.conversation_id, event.message_id) for event in events]
    found = await load_messages_to_tell(tx, services, audience, keys)
    told: list[Told] = []
    for event in sorted(events, key=lambda event: event.message_id):
        message = found.messages.get((event.conversation_id, event.message_id))
        conversation = audience.conversations.get(event.conversation_id)
        if message is None or conversation is None:
            continue
        if isinstance(event, MessageDeleted) and event.account_id:
            told.append(_told(event, message, event.account_id, _deleted(message)))
            continue
        members = audience.joined(conversation.id)
        seeing = [member for member in members if found.may_see(message, conversation, member)]
        told += _tell_all(event, message, seeing, found)
    return told


async def load_messages_to_tell(
    tx: Tx, services: Services, audience: Audience, wanted: Iterable[Key]
) -> MessagesToTell:
    """In five statements, however many."""
    keys = sorted(set(wanted))
    messages = {(m.conversation_id, m.id): m for m in await queries.select_messages_by_keys(tx, keys)}
    senders = sorted({message.sender_id for message in messages.values()} - {0})
    accounts = await load_accounts(tx, senders)
    groups = [id_ for id_, conversation in audience.conversations.items() if conversation.is_group]
    others = {member.account_id for id_ in groups for member in audience.joined(id_)}
    return MessagesToTell(
        messages,
        await load_reactions(tx, keys),
        {
            id_: card_view(account, services.public_url)
            for id_, account in accounts.items()
            if account.state == "active"
        },
        await queries.select_blocks_among(tx, account_ids=senders, other_ids=sorted(others)),
        await queries.select_hidden(tx, keys),
    )


def _tell_all(
    event: MessageEvent, message: Message, members: Sequence[Member], found: MessagesToTell
) -> list[Told]:
    """Rendered once for all but those who have reacted."""
    if isinstance(event, MessageDeleted):
        data = _deleted(message)
        return [_told(event, message, member.account_id, data) for member in members]
    reactions = found.reactions.get((message.conversation_id, message.id), [])
    view = message_view(message, reactions, found.cards, 0)
    rendered: dict[tuple[str, ...], bytes] = {}
    told = []
    for member in members:
        mine = tuple(each.emoji for each in reactions if member.account_id in each.account_ids)
        if mine not in rendered:
            rendered[mine] = _encode(msgspec.structs.replace(view, my_reactions=mine))
        told.append(_told(event, message, member.account_id, rendered[mine]))
    return told


async def render_messages_for(
    services: Services, account_id: int, keys: Collection[Key], conversation_ids: Collection[int]
) -> tuple[dict[Key, bytes], Collection[int]]:
    """Messages as the account is shown them now, without those that it may not see; and which of these
    conversations, and of those of the messages, it is in or asked to be in."""
    async with services.db.connection() as tx:
        wanted = sorted({conversation_id for conversation_id, _ in keys} | set(conversation_ids))
        conversations = await queries.select_conversations(tx, wanted)
        places = await queries.select_memberships(tx, account_id=account_id, conversation_ids=wanted)
        audience = Audience({each.id: each for each in conversations}, {id_: [me] for id_, me in places})
        found = await load_messages_to_tell(tx, services, audience, keys)
    rendered = {
        key: each.data
        for key, message in found.messages.items()
        for member in audience.joined(message.conversation_id)
        if found.may_see(message, audience.conversations[message.conversation_id], member)
        for each in _tell_all(_changed(message), message, [member], found)
    }
    return rendered, audience.members.keys()


def _changed(message: Message) -> MessageChanged:
    return MessageChanged(conversation_id=message.conversation_id, message_id=message.id)


def _deleted(message: Message) -> bytes:
    return _encode(DeletedMessage(id=str(message.id), conversation_id=str(message.conversation_id)))


def _told(event: MessageEvent, message: Message, account_id: int, data: bytes) -> Told:
    type_ = TYPES[type(event)]
    # Told again after an edit, a message that is new is the same event still.
    version = 1 if isinstance(event, MessageSent) else message.version
    key = f"{type_}:{message.conversation_id}:{message.id}:{version}"
    about = (message.sender_id,) if message.sender_id and type_ != "message.deleted" else ()
    return Told(account_id, type_, data, key, about)


def tell_of_conversations(audience: Audience, events: Sequence[ConversationEvent]) -> list[Told]:
    """To all who are in; a request and a refusal also, or only, to whom they concern."""
    told: list[Told] = []
    for event in events:
        conversation = audience.conversations.get(event.conversation_id)
        if conversation is None:
            continue
        joined = {member.account_id for member in audience.joined(conversation.id)}
        subject_id = event.account_id if isinstance(event, MemberChanged) else 0
        news = event.news if isinstance(event, MemberChanged) else "changed"
        receivers = {subject_id} if news == "declined" else joined | ({subject_id} - {0})
        for account_id in sorted(receivers):
            is_out = news in ("left", "removed", "declined") and account_id == subject_id
            data = _news(conversation, news, subject_id, is_out=is_out)
            key = f"conversation:{conversation.id}:{event.version}:{news}:{subject_id}"
            told.append(Told(account_id, "conversation", data, key))
    return told


def _news(conversation: Conversation, news: str, subject_id: int, *, is_out: bool) -> bytes:
    """Whoever is out of it learns nothing new."""
    return _encode(
        ConversationNews(
            id=str(conversation.id),
            news=news,
            account_id=show_id(subject_id),
            is_group=conversation.is_group,
            name=None if is_out else conversation.name,
            members_count=None if is_out else conversation.members_count,
            version=conversation.version,
        )
    )


async def tell_of_markers(tx: Tx, audience: Audience, events: Sequence[MarkerMoved]) -> list[Told]:
    """Markers to the reader's own devices, receipts to others where both have them on."""
    keys = sorted({(event.conversation_id, event.account_id) for event in events})
    marks = await queries.select_watermarks(tx, keys, at_most=queries.MAX_COUNTED, above=queries.MAX_ABOVE)
    told = [_marker(mark) for mark in marks]
    people = {member.account_id for few in audience.members.values() for member in few}
    preferences = await queries.select_preferences(tx, sorted(people))
    readers = [mark.account_id for mark in marks]
    blocks = await queries.select_blocks_among(tx, account_ids=readers, other_ids=sorted(people))
    for mark in marks:
        members = audience.joined(mark.conversation_id)
        is_told = mark.state == "member" and preferences[mark.account_id].has_receipts
        if not is_told or len(members) > MOST_RECEIPTS:
            continue
        told += [
            _receipt(mark, member.account_id)
            for member in members
            if member.account_id != mark.account_id
            and preferences[member.account_id].has_receipts
            and (mark.account_id, member.account_id) not in blocks
        ]
    return told


def _marker(mark: Watermark) -> Told:
    data = MarkerNews(
        marker="conversation",
        conversation_id=str(mark.conversation_id),
        up_to=show_id(mark.read_id),
        unread=mark.unread,
    )
    return Told(mark.account_id, "marker", _encode(data), f"marker:{mark.conversation_id}:{mark.read_id}")


def _receipt(mark: Watermark, account_id: int) -> Told:
    data = ReceiptNews(
        conversation_id=str(mark.conversation_id),
        account_id=str(mark.account_id),
        read_up_to=show_id(mark.read_id),
        delivered_up_to=show_id(max(mark.delivered_id, mark.read_id)),
    )
    return Told(account_id, "receipt", _encode(data), is_kept=False)
