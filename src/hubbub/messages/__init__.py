"""Conversations of two and of groups: members, messages, receipts.

Other slices may use what is named here and nothing else.
"""

from hubbub.messages.errors import ConversationNotFound
from hubbub.messages.events import (
    ConversationChanged,
    MarkerMoved,
    MemberChanged,
    MessageChanged,
    MessageDeleted,
    MessageSent,
)
from hubbub.messages.received import ReceivedMessage, load_received
from hubbub.messages.routes import ROUTES
from hubbub.messages.routes.writing import start_messages
from hubbub.messages.schemas import (
    MAX_MEMBERS,
    ConversationNews,
    DeletedMessage,
    MarkerNews,
    MessageView,
    ReceiptNews,
)
from hubbub.messages.service import (
    EDIT_SECONDS,
    MAX_BEFORE_ACCEPTANCE,
    accept_request,
    add_member,
    create_group,
    open_pair,
    send_message,
)
from hubbub.messages.service.typing import load_typing_audience
from hubbub.messages.telling import render_messages_for
from hubbub.messages.wording import MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS

__all__ = [
    "EDIT_SECONDS",
    "MAX_BEFORE_ACCEPTANCE",
    "MAX_MEMBERS",
    "MAX_NAME_CHARACTERS",
    "MAX_TEXT_CHARACTERS",
    "ROUTES",
    "ConversationChanged",
    "ConversationNews",
    "ConversationNotFound",
    "DeletedMessage",
    "MarkerMoved",
    "MarkerNews",
    "MemberChanged",
    "MessageChanged",
    "MessageDeleted",
    "MessageSent",
    "MessageView",
    "ReceiptNews",
    "ReceivedMessage",
    "accept_request",
    "add_member",
    "create_group",
    "load_received",
    "load_typing_audience",
    "open_pair",
    "render_messages_for",
    "send_message",
    "start_messages",
]
