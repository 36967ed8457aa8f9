"""Sending a message."""

from hubbub.errors import Unavailable
from hubbub.messages import queries
from hubbub.messages.errors import (
    AwaitingAcceptance,
    ClientIdReused,
    ConversationClosed,
    ConversationNotFound,
    MessageNotFound,
    NotAccepted,
)
from hubbub.messages.events import MemberChanged, MessageSent
from hubbub.messages.queries import Draft, Message, SendingFacts
from hubbub.messages.service.preferences import comes_straight
from hubbub.messages.wording import clean_message, fold, hash_content, is_client_id
from hubbub.platform.db import Tx, note_announcement
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import Event, rows_of
from hubbub.platform.text.refusals import refusal
from hubbub.visibility import Facts, load_facts

MAX_BEFORE_ACCEPTANCE = 3
MAX_ATTEMPTS = 8


async def send_message(
    tx: Tx,
    *,
    conversation_id: int,
    sender_id: int,
    text: str,
    reply_to: int | None = None,
    client_id: str | None = None,
) -> tuple[Message, bool]:
    """The message, and whether it is new: under one client_id it is sent once, however often it is asked.

    Raises ConversationNotFound, ConversationClosed, AwaitingAcceptance, NotAccepted, MessageNotFound (of
    `reply_to`), ClientIdReused, Invalid at `/text`.
    """
    cleaned = clean_message(text)
    if client_id is not None and not is_client_id(client_id):
        raise refusal("client_id", "wrong_format", "letters, digits and _ . : - only")
    draft = Draft(
        conversation_id=conversation_id,
        sender_id=sender_id,
        text=cleaned,
        folded=fold(cleaned),
        reply_to=reply_to,
        client_id=client_id,
        content_hash=hash_content(cleaned, reply_to),
    )
    for _ in range(MAX_ATTEMPTS):
        found = await _attempt(tx, draft)
        if found is not None:
            return found
    raise Unavailable("the conversation changes all the time")


async def _attempt(tx: Tx, draft: Draft) -> tuple[Message, bool] | None:
    """None when what was looked at changed before the write: then all is looked at once more."""
    facts = await queries.select_sending_facts(tx, draft, at_most=MAX_BEFORE_ACCEPTANCE)
    if facts is None:
        raise ConversationNotFound(f"{draft.conversation_id} for {draft.sender_id}")
    if facts.same_id is not None:
        return await _same(tx, draft, facts), False
    accepting = await _require_may_send(tx, draft, facts)
    announced = rows_of(*_events(draft, facts, accepting))
    id_ = await queries.insert_message(
        tx, draft, id_=new_id(), version=facts.version, accepting=accepting, announced=announced
    )
    if id_ is None:
        return None
    note_announcement(announced.consumers)
    return Message(draft.conversation_id, id_, draft.sender_id, draft.text, draft.reply_to), True


async def _same(tx: Tx, draft: Draft, facts: SendingFacts) -> Message:
    if facts.same_hash != draft.content_hash or facts.same_id is None:
        raise ClientIdReused(str(facts.same_id))
    found = await queries.select_message(
        tx,
        conversation_id=draft.conversation_id,
        account_id=draft.sender_id,
        message_id=facts.same_id,
    )
    if found is None:
        raise MessageNotFound(str(facts.same_id))
    return found


async def _require_may_send(tx: Tx, draft: Draft, facts: SendingFacts) -> list[int]:
    """Who accepts by this message: its sender, and an other who lets the sender write."""
    if facts.is_group and facts.state != "member":
        raise NotAccepted(str(draft.conversation_id))
    if not facts.is_group and facts.other_id is None:
        raise ConversationClosed("the other is gone")
    concerned = {id_ for id_ in (facts.other_id, facts.target_sender_id) if id_}
    known = await load_facts(tx, viewer_id=draft.sender_id, account_ids=concerned)
    if draft.reply_to is not None:
        _require_target(draft, facts, known)
    accepting = [draft.sender_id] if facts.state == "requested" else []
    if facts.other_id is not None:
        require_open(facts.other_id, known)
        if _is_accepted(facts, facts.other_id, known):
            accepting.append(facts.other_id)
        elif facts.other_state != "member" and facts.sent_already >= MAX_BEFORE_ACCEPTANCE:
            raise AwaitingAcceptance(str(draft.conversation_id))
    return accepting


def _require_target(draft: Draft, facts: SendingFacts, known: Facts) -> None:
    sender_id = facts.target_sender_id
    is_hidden = sender_id is None or (facts.is_group and is_across_block(known, sender_id))
    if is_hidden:
        raise MessageNotFound(f"{draft.reply_to} to answer")


def require_open(other_id: int, known: Facts) -> None:
    """Raises ConversationClosed across a block, and where the other is not active."""
    other = known.accounts.get(other_id)
    if other is None or not other.is_active or is_across_block(known, other_id):
        raise ConversationClosed(str(other_id))


def _is_accepted(facts: SendingFacts, other_id: int, known: Facts) -> bool:
    """Whether somebody who has not answered is no stranger to be asked."""
    return facts.other_state == "requested" and comes_straight(facts.other_audience, known, other_id)


def is_across_block(known: Facts, account_id: int) -> bool:
    relation = known.relation(account_id)
    return relation.blocks or relation.blocked_by


def _events(draft: Draft, facts: SendingFacts, accepting: list[int]) -> list[Event]:
    id_, version = draft.conversation_id, facts.version + bool(accepting)
    events: list[Event] = [MessageSent(conversation_id=id_, message_id=0, sender_id=draft.sender_id)]
    if facts.state == "requested":
        events.append(_news(id_, draft.sender_id, by_id=draft.sender_id, version=version, is_accepted=True))
    is_first = facts.other_state == "requested" and facts.sent_already == 0
    if is_first and facts.other_id is not None and facts.other_id not in accepting:
        events.append(_news(id_, facts.other_id, by_id=draft.sender_id, version=version, is_accepted=False))
    return events


def _news(
    conversation_id: int, account_id: int, *, by_id: int, version: int, is_accepted: bool
) -> MemberChanged:
    return MemberChanged(
        conversation_id=conversation_id,
        account_id=account_id,
        by_id=by_id,
        news="accepted" if is_accepted else "requested",
        version=version,
    )
