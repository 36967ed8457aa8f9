from collections.abc import Sequence

from hubbub.messages import MessageSent, ReceivedMessage, load_received
from hubbub.notifications import load_delivery_preferences
from hubbub.platform.db import Tx
from hubbub.platform.services import Services
from hubbub.push import wording
from hubbub.push.planning import Notice, plan_pushes
from hubbub.push.telling.quiet import load_undisturbed


async def tell_of_messages(services: Services, tx: Tx, events: Sequence[MessageSent]) -> None:
    """Pushes to members who are not connected, outside of their quiet hours."""
    received = await load_received(tx, events)
    preferences = await load_delivery_preferences(tx, {message.account_id for message in received})
    undisturbed = await load_undisturbed(services, preferences)
    notices = [_notice(message) for message in received if message.account_id not in undisturbed]
    await plan_pushes(tx, services.keyring, notices)


def _notice(message: ReceivedMessage) -> Notice:
    return Notice(
        account_id=message.account_id,
        type="message",
        kind="message",
        group=str(message.conversation_id),
        closed_title=wording.MESSAGE,
        open_title=wording.message_title(message.sender_name, message.group_name),
        open_body=message.text,
        ids={"conversation_id": str(message.conversation_id), "message_id": str(message.message_id)},
        urgency="high",
    )
