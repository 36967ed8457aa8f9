from hubbub.errors import Invalid
from hubbub.messages import service
from hubbub.messages.errors import (
    ConversationClosed,
    ConversationNotFound,
    MessageNotFound,
    NotAccepted,
    TooManyReactions,
)
from hubbub.messages.routes.messages import ONE, show_message
from hubbub.messages.routes.writing import write_in_turn
from hubbub.messages.schemas import MessageView
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes

routes = Routes("Messages")

WAYS_TO_FAIL = (ConversationNotFound, MessageNotFound, NotAccepted, ConversationClosed, Invalid)


@routes.put(f"{ONE}/reactions/{{emoji}}", returns=MessageView, errors=[*WAYS_TO_FAIL, TooManyReactions])
async def add_reaction(request: Request, conversation_id: int, message_id: int, emoji: str) -> Reply:
    """React to a message with an emoji, once with each."""

    async def effect(tx: Tx) -> MessageView:
        message = await service.add_reaction(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            message_id=message_id,
            emoji=emoji,
        )
        return await show_message(tx, request, message)

    return await write_in_turn(request, conversation_id, effect)


@routes.delete(f"{ONE}/reactions/{{emoji}}", returns=MessageView, errors=WAYS_TO_FAIL)
async def remove_reaction(request: Request, conversation_id: int, message_id: int, emoji: str) -> Reply:
    """Take a reaction back."""

    async def effect(tx: Tx) -> MessageView:
        message = await service.remove_reaction(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            message_id=message_id,
            emoji=emoji,
        )
        return await show_message(tx, request, message)

    return await write_in_turn(request, conversation_id, effect)
