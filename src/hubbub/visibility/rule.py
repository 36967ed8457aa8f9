"""The rule, without I/O. What is not clearly allowed is hidden."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Protocol

from hubbub.visibility.facts import Facts


class Visibility(IntEnum):
    PUBLIC = 0
    UNLISTED = 1
    FOLLOWERS = 2
    MENTIONED = 3


class ReplyPolicy(IntEnum):
    EVERYONE = 0
    FOLLOWERS = 1
    MENTIONED = 2
    NOBODY = 3


class Seeable(Protocol):
    """What a post must tell of itself."""

    @property
    def author_id(self) -> int: ...
    @property
    def visibility(self) -> int: ...
    @property
    def audience(self) -> Collection[int]: ...
    @property
    def is_deleted(self) -> bool: ...
    @property
    def root_id(self) -> int | None: ...
    @property
    def repost_of(self) -> int | None: ...


def may_see_account(facts: Facts, account_id: int) -> bool:
    """A blocked person does not find the blocker; the blocker still finds them, to unblock."""
    account = facts.accounts.get(account_id)
    return account is not None and account.is_active and not facts.relation(account_id).blocked_by


def may_see_follows(facts: Facts, account_id: int) -> bool:
    """Who a private account follows, and who follows it, is for its followers."""
    if not may_see_account(facts, account_id):
        return False
    if not facts.accounts[account_id].is_private or account_id == facts.viewer_id:
        return True
    return facts.relation(account_id).follows


def may_see_post(post: Seeable, facts: Facts, others: Mapping[int, Seeable]) -> bool:
    """Whether the viewer may see the post. `others` holds the root of a comment and the target of a repost.

    A comment belongs to its discussion: who may not see the root sees no comment on it, except
    their own. A root that was deleted hides nothing; one that is gone hides the rest.
    """
    if post.is_deleted or not _is_in_audience(post, facts):
        return False
    if post.repost_of is not None:
        target = others.get(post.repost_of)
        if target is None or not may_see_post(target, facts, others):
            return False
    if post.root_id is not None and post.author_id != facts.viewer_id:
        root = others.get(post.root_id)
        return root is not None and may_see_discussion(root, facts)
    return True


def may_see_discussion(root: Seeable, facts: Facts) -> bool:
    """Whether the root lets the viewer see what is written below it, be it deleted or not."""
    return _is_in_audience(root, facts)


def _is_in_audience(post: Seeable, facts: Facts) -> bool:
    author = facts.accounts.get(post.author_id)
    if author is None or not author.is_active:
        return False
    if post.author_id == facts.viewer_id:
        return True
    relation = facts.relation(post.author_id)
    if relation.blocks or relation.blocked_by:
        return False
    if facts.viewer_id and facts.viewer_id in post.audience:
        return True
    if post.visibility == Visibility.MENTIONED:
        return False
    if post.visibility == Visibility.FOLLOWERS or author.is_private:
        return relation.follows
    return True


def is_meant_for(post: Seeable, author_facts: Facts, reader_id: int) -> bool:
    """Whether the post is for that reader, seen from its author, whose facts these are."""
    author = author_facts.accounts.get(post.author_id)
    if reader_id in post.audience or author is None:
        return author is not None
    if post.visibility == Visibility.MENTIONED:
        return False
    if post.visibility == Visibility.FOLLOWERS or author.is_private:
        return author_facts.relation(reader_id).followed_by
    return True


def may_list(post: Seeable, facts: Facts) -> bool:
    """Whether a post that may be seen also belongs on pages for everyone (public, tags, search)."""
    author = facts.accounts.get(post.author_id)
    return post.visibility == Visibility.PUBLIC and author is not None and not author.is_private


def may_comment(post: Seeable, policy: int, facts: Facts) -> bool:
    """Whether the viewer, who may see the post, may also answer it."""
    if post.author_id == facts.viewer_id:
        return True
    if policy == ReplyPolicy.EVERYONE:
        return True
    if policy == ReplyPolicy.FOLLOWERS:
        return facts.relation(post.author_id).follows or facts.viewer_id in post.audience
    return policy == ReplyPolicy.MENTIONED and facts.viewer_id in post.audience


def is_muted(post: Seeable, facts: Facts) -> bool:
    """Whether a feed leaves the post out for the viewer. A muted post can still be opened."""
    scope = facts.relation(post.author_id).mutes
    if scope is None:
        return False
    if scope == "all":
        return True
    return (scope == "reposts") == (post.repost_of is not None)
