"""What conversations do when something is announced, in the worker."""

from collections.abc import Sequence
from functools import partial

from hubbub.messages.events import (
    ConversationChanged,
    MarkerMoved,
    MemberChanged,
    MessageChanged,
    MessageDeleted,
    MessageSent,
)
from hubbub.messages.purging import purge_messages, remove_emptied
from hubbub.messages.telling import (
    load_audience,
    tell_of_conversations,
    tell_of_markers,
    tell_of_messages,
)
from hubbub.notifications import Kind, notify, silence, withdraw
from hubbub.platform.db import Tx
from hubbub.platform.live import LiveLog, Told
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services

ENDED = ("declined", "left", "removed")


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("deliver", partial(tell_members, services))
    reactions.on("record", notify_of_requests)
    reactions.on("record", remove_emptied)
    reactions.on("record", purge_messages)


async def tell_members(
    services: Services,
    tx: Tx,
    events: Sequence[
        MessageSent | MessageChanged | MessageDeleted | ConversationChanged | MemberChanged | MarkerMoved
    ],
) -> None:
    """Every device of every member that is connected, and the logs of those who were lately."""
    audience = await load_audience(tx, (event.conversation_id for event in events))
    about_messages = [e for e in events if isinstance(e, MessageSent | MessageChanged | MessageDeleted)]
    about_conversations = [e for e in events if isinstance(e, ConversationChanged | MemberChanged)]
    about_markers = [e for e in events if isinstance(e, MarkerMoved)]
    told: list[Told] = tell_of_conversations(audience, about_conversations)
    if about_messages:
        told += await tell_of_messages(tx, services, audience, about_messages)
    if about_markers:
        told += await tell_of_markers(tx, audience, about_markers)
    await services.part(LiveLog).tell(told)


async def notify_of_requests(tx: Tx, events: Sequence[MemberChanged]) -> None:
    """A request is a notification until it is answered, or whoever is asked is not asked any more.

    Who is asked again, though they have not accepted, finds the request and is not disturbed.
    """
    last = {(event.conversation_id, event.account_id): event for event in events}
    for (conversation_id, account_id), event in last.items():
        if event.news == "requested":
            await notify(
                tx,
                account_id=account_id,
                kind=Kind.MESSAGE_REQUEST,
                object_id=conversation_id,
                actor_id=event.by_id,
            )
        elif event.news in ENDED:
            await silence(tx, account_id=account_id, kind=Kind.MESSAGE_REQUEST, object_id=conversation_id)
        elif event.news == "accepted":
            await withdraw(tx, account_id=account_id, kind=Kind.MESSAGE_REQUEST, object_id=conversation_id)
