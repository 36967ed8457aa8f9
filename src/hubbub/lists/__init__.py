"""Lists: people gathered by somebody for a feed of their own, and hidden from everybody else.

Other slices may use what is named here and nothing else.
"""

from hubbub.lists.errors import ListNotFound, MemberNotFollowed, TooManyLists, TooManyMembers
from hubbub.lists.schemas import MAX_TITLE_CHARACTERS, ListView
from hubbub.lists.service import (
    MAX_LISTS,
    MAX_MEMBERS,
    ListTurns,
    add_member,
    create_list,
    delete_list,
    exclusive_members,
    remove_member,
    start_lists,
    update_list,
)

__all__ = [
    "MAX_LISTS",
    "MAX_MEMBERS",
    "MAX_TITLE_CHARACTERS",
    "ListNotFound",
    "ListTurns",
    "ListView",
    "MemberNotFollowed",
    "TooManyLists",
    "TooManyMembers",
    "add_member",
    "create_list",
    "delete_list",
    "exclusive_members",
    "remove_member",
    "start_lists",
    "update_list",
]
