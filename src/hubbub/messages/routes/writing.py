"""Writes of a conversation, one after the other."""

from collections.abc import Awaitable, Callable
from typing import Any

from hubbub.messages.errors import ConversationNotFound
from hubbub.messages.schemas import ConversationView
from hubbub.messages.shown import conversation_view, load_cards_in, load_shown
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, spend
from hubbub.platform.rates import Charge, account_subject
from hubbub.platform.rates.budgets import CONTACT_SUBJECT
from hubbub.platform.services import Services
from hubbub.platform.turns import Turns


class ConversationTurns(Turns):
    """Of requests that write to the same conversation, so that a burst of them holds one connection."""


async def start_messages(services: Services) -> None:
    services.add(ConversationTurns())


async def charge_contacts(request: Request, people: int) -> None:
    """For addressing so many. Raises TooMany."""
    if people:
        await spend(request, [Charge(CONTACT_SUBJECT, account_subject(request.viewer.id), people)])


async def write_in_turn(
    request: Request, conversation_id: int, effect: Callable[[Tx], Awaitable[Any]]
) -> Reply:
    async with request.services.part(ConversationTurns).of(conversation_id):
        return await request.write(effect)


async def show_conversation(tx: Tx, request: Request, conversation_id: int) -> ConversationView:
    """As it stands in this transaction. Raises ConversationNotFound."""
    shown = await load_shown(tx, viewer_id=request.viewer.id, conversation_ids=[conversation_id])
    if not shown.places:
        raise ConversationNotFound(str(conversation_id))
    cards = await load_cards_in(tx, request.services, shown.people)
    return conversation_view(shown, shown.places[0], cards)


async def change_conversation(
    request: Request, conversation_id: int, verb: Callable[[Tx], Awaitable[None]]
) -> Reply:
    """Run a verb and answer with the conversation as it is then."""

    async def effect(tx: Tx) -> ConversationView:
        await verb(tx)
        return await show_conversation(tx, request, conversation_id)

    return await write_in_turn(request, conversation_id, effect)
