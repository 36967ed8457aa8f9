"""Who is told of what, and where it is put: the rule of visibility, mutes, and what each account wants.

A constant number of statements, however many are asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hubbub.notifications.asks import Ask
from hubbub.notifications.kinds import Kind, Place
from hubbub.notifications.preferences import (
    Channels,
    NotificationPreferences,
    channels_of,
    judge_stranger,
    read_all,
)
from hubbub.notifications.queries import recording as queries
from hubbub.platform.db import Tx
from hubbub.posts import Post, load_posts
from hubbub.visibility import Facts, is_muted, load_facts_of_many, may_see_account, may_see_post

# Of one's own posts: what others do to them is told without a look at the post.
ON_OWN_POST = frozenset({Kind.LIKE, Kind.REPOST})
NOWHERE = Channels(in_app=False, web_push=False, mobile_push=False, mail=False)


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that judging some asks takes."""

    posts: Mapping[int, Post]
    facts: Mapping[int, Facts]
    preferences: Mapping[int, NotificationPreferences]
    muted_threads: Collection[tuple[int, int]] = ()

    def place(self, ask: Ask) -> Place | None:
        """Where it is put; None: it is not told."""
        if not self._may_tell(ask) or (ask.account_id, self._root(ask)) in self.muted_threads:
            return None
        preferences = self.preferences[ask.account_id]
        channels = channels_of(preferences, ask.kind.title)
        if channels == NOWHERE:
            return None
        relation = self.facts[ask.account_id].relation(ask.actor_id)
        rule = (
            "accept"
            if ask.actor_id == 0
            else judge_stranger(preferences.policy, ask.kind, ask.actor_id, relation)
        )
        if rule == "drop":
            return None
        if rule == "filter":
            return Place.FILTERED
        return Place.LIST if channels.in_app else Place.PUSH_ONLY

    def _may_tell(self, ask: Ask) -> bool:
        facts = self.facts[ask.account_id]
        account = facts.accounts.get(ask.account_id)
        if account is None or not account.is_active:
            return False
        if ask.actor_id and not may_hear_of(facts, ask.actor_id):
            return False
        if ask.kind is Kind.FOLLOW and not facts.relation(ask.actor_id).followed_by:
            return False
        if not ask.post_id or ask.kind in ON_OWN_POST:
            return True
        post = self.posts.get(ask.post_id)
        if post is None or not may_see_post(post, facts, self.posts):
            return False
        return ask.kind is not Kind.POST or (
            facts.relation(post.author_id).follows and not is_muted(post, facts)
        )

    def _root(self, ask: Ask) -> int:
        post = self.posts.get(ask.post_id)
        return 0 if post is None else post.root_id or post.id


def may_hear_of(facts: Facts, actor_id: int) -> bool:
    """Whether an account is told of what the actor does: never across a block, or when all of it is muted."""
    relation = facts.relation(actor_id)
    return may_see_account(facts, actor_id) and not relation.blocks and relation.mutes != "all"


async def load_grounds(tx: Tx, asks: Collection[Ask]) -> Grounds:
    """Settings, posts with what they hang on, facts of each account about all these people, muted threads."""
    accounts = sorted({ask.account_id for ask in asks})
    settings = await queries.select_settings(tx, accounts)
    bodies = {account_id: body for account_id, body in settings if body is not None}
    muting = {account_id for account_id, body in settings if body is None}
    wanted = {
        ask.post_id
        for ask in asks
        if ask.post_id and (ask.kind not in ON_OWN_POST or ask.account_id in muting)
    }
    posts = await load_posts(tx, sorted(wanted))
    facts = await load_facts_of_many(tx, {pair for ask in asks for pair in _people(ask, posts)})
    grounds = Grounds(posts, facts, read_all(accounts, bodies))
    threads = sorted({(ask.account_id, grounds._root(ask)) for ask in asks if ask.account_id in muting})
    return Grounds(posts, facts, grounds.preferences, await _select_muted(tx, threads))


async def _select_muted(tx: Tx, threads: Sequence[tuple[int, int]]) -> Collection[tuple[int, int]]:
    if not threads:
        return ()
    account_ids, root_ids = zip(*threads, strict=True)
    return await queries.select_muted_threads(tx, account_ids=account_ids, root_ids=root_ids)


def _people(ask: Ask, posts: Mapping[int, Post]) -> list[tuple[int, int]]:
    """Whom the rule asks about: who acts, who wrote the post, and who began its discussion."""
    people = {ask.actor_id, ask.account_id}
    post = posts.get(ask.post_id)
    if post is not None:
        root = posts.get(post.root_id) if post.root_id is not None else None
        people |= {post.author_id} | ({root.author_id} if root is not None else set())
    return [(ask.account_id, person) for person in people if person]
