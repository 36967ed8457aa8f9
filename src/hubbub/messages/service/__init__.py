"""The verbs of conversations."""

from hubbub.messages.service.conversations import (
    Opened,
    close_gap,
    create_group,
    leave_conversation,
    open_pair,
    update_conversation,
)
from hubbub.messages.service.markers import mark_delivered, mark_read
from hubbub.messages.service.members import (
    accept_request,
    add_member,
    change_role,
    decline_request,
    remove_member,
)
from hubbub.messages.service.messages import (
    EDIT_SECONDS,
    add_reaction,
    delete_for_all,
    delete_for_me,
    edit_message,
    is_shown,
    load_known,
    load_message,
    remove_reaction,
)
from hubbub.messages.service.preferences import load_preferences, update_preferences
from hubbub.messages.service.searching import Findings, search_messages
from hubbub.messages.service.seats import Seat, lock_seat, require_place, require_seat
from hubbub.messages.service.sending import MAX_BEFORE_ACCEPTANCE, is_across_block, send_message

__all__ = [
    "EDIT_SECONDS",
    "MAX_BEFORE_ACCEPTANCE",
    "Findings",
    "Opened",
    "Seat",
    "accept_request",
    "add_member",
    "add_reaction",
    "change_role",
    "close_gap",
    "create_group",
    "decline_request",
    "delete_for_all",
    "delete_for_me",
    "edit_message",
    "is_across_block",
    "is_shown",
    "leave_conversation",
    "load_known",
    "load_message",
    "load_preferences",
    "lock_seat",
    "mark_delivered",
    "mark_read",
    "open_pair",
    "remove_member",
    "remove_reaction",
    "require_place",
    "require_seat",
    "search_messages",
    "send_message",
    "update_conversation",
    "update_preferences",
]
