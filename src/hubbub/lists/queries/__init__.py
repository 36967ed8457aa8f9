"""SQL of lists, by what it is about. One function, one statement; each but a purge is for one owner."""

from hubbub.lists.queries.feed import (
    select_posts_and_comments,
    select_top_posts,
)
from hubbub.lists.queries.lists import (
    CountedList,
    ListReplies,
    ListRow,
    count_lists,
    delete_list,
    delete_lists_of,
    insert_list,
    select_list,
    select_list_for_update,
    select_lists,
    select_lists_with,
    select_replies,
    update_list,
)
from hubbub.lists.queries.members import (
    count_members,
    delete_lapsed_members,
    delete_member,
    delete_some_memberships_of,
    insert_member,
    insert_own_membership,
    select_exclusive_members,
    select_members,
)

__all__ = [
    "CountedList",
    "ListReplies",
    "ListRow",
    "count_lists",
    "count_members",
    "delete_lapsed_members",
    "delete_list",
    "delete_lists_of",
    "delete_member",
    "delete_some_memberships_of",
    "insert_list",
    "insert_member",
    "insert_own_membership",
    "select_exclusive_members",
    "select_list",
    "select_list_for_update",
    "select_lists",
    "select_lists_with",
    "select_members",
    "select_posts_and_comments",
    "select_replies",
    "select_top_posts",
    "update_list",
]
