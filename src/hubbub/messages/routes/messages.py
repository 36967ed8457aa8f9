from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.accounts import load_cards
from hubbub.errors import Invalid
from hubbub.messages import queries, service
from hubbub.messages.errors import (
    AwaitingAcceptance,
    ClientIdReused,
    ConversationClosed,
    ConversationNotFound,
    EditTooLate,
    MessageNotFound,
    NotAccepted,
    NotYourMessage,
)
from hubbub.messages.queries import Message
from hubbub.messages.routes.writing import ConversationTurns, write_in_turn
from hubbub.messages.schemas import DeleteQuery, MessageEdit, MessageView, NewMessage, SearchQuery
from hubbub.messages.service import Seat
from hubbub.messages.shown import (
    Key,
    load_cards_in,
    load_reactions,
    message_view,
    visible_people,
)
from hubbub.messages.wording import clean_query
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes, encode_reply, parse_id
from hubbub.platform.paging import BadCursor, Page, Slice, Window, fill_slice
from hubbub.visibility import Facts

routes = Routes("Messages")

LIST = "/v1/conversations/{conversation_id}/messages"
ONE = "/v1/conversations/{conversation_id}/messages/{message_id}"
MISSING = (ConversationNotFound, MessageNotFound)


@routes.get(LIST, returns=Page[MessageView], errors=[ConversationNotFound, BadCursor])
async def list_messages(request: Request, conversation_id: int, query: PageQuery) -> Page[MessageView]:
    """What you may see of a conversation, latest first. All members see one order."""
    viewer_id = request.viewer.id
    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:
        seat = await service.require_seat(tx, account_id=viewer_id, conversation_id=conversation_id)
        page = _Page(tx, seat, Facts(viewer_id))
        found = await fill_slice(window, page.fetch, page.keep, lambda message: message.id)
        reactions = await load_reactions(tx, _keys(found.items))
    return await _show(request, window, found, page.facts, reactions)


@dataclass(slots=True)
class _Page:
    """Filled with what the member may see."""

    tx: Tx
    seat: Seat
    facts: Facts

    async def fetch(self, part: Window) -> list[Message]:
        return await queries.select_messages(self.tx, self.seat.sight, part)

    async def keep(self, messages: Sequence[Message]) -> list[tuple[int, Message]]:
        known = await service.load_known(self.tx, self.seat.me.account_id, messages)
        self.facts = self.facts.with_more(known)
        conversation = self.seat.conversation
        return [(each.id, each) for each in messages if service.is_shown(each, conversation, self.facts)]


@routes.get(
    f"{LIST}/search",
    returns=Page[MessageView],
    budget="search",
    errors=[ConversationNotFound, BadCursor, Invalid],
)
async def search_messages(request: Request, conversation_id: int, query: SearchQuery) -> Page[MessageView]:
    """Messages that hold a word or a part of one, latest first, whatever the case and the accents.

    A page looks at 5,000 messages at most: it may be short, even empty, and still have a `next`.
    """
    viewer_id = request.viewer.id
    wanted = clean_query(query.q)
    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:
        seat = await service.require_seat(tx, account_id=viewer_id, conversation_id=conversation_id)
        found = await service.search_messages(tx, seat, wanted, window)
        reactions = await load_reactions(tx, _keys(found.messages))
    first = found.messages[0].id if found.messages else None
    return await _show(request, window, Slice(found.messages, first, found.end), found.facts, reactions)


@routes.post(
    LIST,
    returns=MessageView,
    status=201,
    budget="message",
    is_once=True,
    errors=[
        *MISSING,
        ConversationClosed,
        AwaitingAcceptance,
        NotAccepted,
        ClientIdReused,
        Invalid,
    ],
)
async def send_message(request: Request, conversation_id: int, body: NewMessage) -> Reply:
    """Write to a conversation. Sent again under the same `client_id` it is there once, and answered with 200.

    To somebody who has not accepted you may write three messages.
    """
    sender_id = request.viewer.id
    cards = await load_cards(request.services, [sender_id])

    async def effect(tx: Tx) -> Reply:
        message, is_new = await service.send_message(
            tx,
            conversation_id=conversation_id,
            sender_id=sender_id,
            text=body.text,
            reply_to=None if body.reply_to is None else parse_id(body.reply_to) or 0,
            client_id=body.client_id,
        )
        key = (conversation_id, message.id)
        reactions = {} if is_new else await load_reactions(tx, [key])
        view = message_view(message, reactions.get(key, ()), cards, sender_id)
        return encode_reply(view, 201 if is_new else 200)

    async with request.services.part(ConversationTurns).of(conversation_id):
        if request.header("idempotency-key") is not None:
            return await request.write(effect)
        # All that sending writes it writes in one statement.
        return await request.db.write(effect, is_one_statement=True)


@routes.get(ONE, returns=MessageView, errors=MISSING)
async def get_message(request: Request, conversation_id: int, message_id: int) -> MessageView:
    """One message, such as one that another answers."""
    async with request.db.connection() as tx:
        _, message = await service.load_message(
            tx, account_id=request.viewer.id, conversation_id=conversation_id, message_id=message_id
        )
        return await show_message(tx, request, message)


@routes.patch(
    ONE,
    returns=MessageView,
    budget="message",
    errors=[*MISSING, NotYourMessage, EditTooLate, ConversationClosed, Invalid],
)
async def edit_message(request: Request, conversation_id: int, message_id: int, body: MessageEdit) -> Reply:
    """Write a message of yours anew, within 24 hours. What it said before is not kept."""

    async def effect(tx: Tx) -> MessageView:
        edited = await service.edit_message(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            message_id=message_id,
            text=body.text,
        )
        return await show_message(tx, request, edited)

    return await write_in_turn(request, conversation_id, effect)


@routes.delete(ONE, errors=[*MISSING, NotYourMessage])
async def delete_message(
    request: Request, conversation_id: int, message_id: int, query: DeleteQuery
) -> Reply:
    """Delete a message for everybody, yours or as an admin of the group, or any for yourself alone.

    Everybody sees that there was one; what it said is gone for good.
    """
    verb = service.delete_for_me if query.whom == "me" else service.delete_for_all

    async def effect(tx: Tx) -> None:
        await verb(tx, account_id=request.viewer.id, conversation_id=conversation_id, message_id=message_id)

    return await write_in_turn(request, conversation_id, effect)


async def show_message(tx: Tx, request: Request, message: Message) -> MessageView:
    """As it stands in this transaction."""
    key = (message.conversation_id, message.id)
    reactions = await load_reactions(tx, [key])
    facts = await service.load_known(tx, request.viewer.id, [message])
    cards = await load_cards_in(tx, request.services, visible_people(facts))
    return message_view(message, reactions.get(key, ()), cards, request.viewer.id)


async def _show(
    request: Request,
    window: Window,
    found: Slice[Message],
    facts: Facts,
    reactions: dict[Key, list[queries.Reactions]],
) -> Page[MessageView]:
    people = visible_people(facts) & {message.sender_id for message in found.items}
    cards = await load_cards(request.services, people, versions=facts.versions())
    views = [
        message_view(
            message, reactions.get((message.conversation_id, message.id), ()), cards, request.viewer.id
        )
        for message in found.items
    ]
    return request.page(window, Slice(views, found.first, found.last))


def _keys(messages: Sequence[Message]) -> list[Key]:
    return [(message.conversation_id, message.id) for message in messages]
