"""The one rule of who may see what. Every feed, search, count, live event, push and export asks here.

Facts about the viewer and all the people on a page are loaded in one statement; the rule itself is
pure, so that it can be tested as a matrix and applied to a page without a query per item.
"""

from hubbub.visibility.facts import AccountFacts, Facts, Relation, load_facts, load_facts_of_many
from hubbub.visibility.rule import (
    ReplyPolicy,
    Seeable,
    Visibility,
    is_meant_for,
    is_muted,
    may_comment,
    may_list,
    may_see_account,
    may_see_discussion,
    may_see_follows,
    may_see_post,
)
from hubbub.visibility.viewers import NO_RELATIONS, ViewerRelations, load_viewer_relations

__all__ = [
    "NO_RELATIONS",
    "AccountFacts",
    "Facts",
    "Relation",
    "ReplyPolicy",
    "Seeable",
    "ViewerRelations",
    "Visibility",
    "is_meant_for",
    "is_muted",
    "load_facts",
    "load_facts_of_many",
    "load_viewer_relations",
    "may_comment",
    "may_list",
    "may_see_account",
    "may_see_discussion",
    "may_see_follows",
    "may_see_post",
]
