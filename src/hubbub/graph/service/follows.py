from collections.abc import Sequence
from dataclasses import replace

from hubbub.accounts import AccountNotFound
from hubbub.graph import queries
from hubbub.graph.errors import FollowRequestNotFound, NotYourself, TooManyFollows
from hubbub.graph.events import (
    AccountFollowed,
    AccountUnfollowed,
    FollowAccepted,
    FollowRequested,
    FollowRequestRemoved,
)
from hubbub.graph.queries import Pair
from hubbub.graph.service.locks import lock_follower, lock_pairs, note_pairs, require_visible
from hubbub.graph.service.relations import (
    Relationship,
    load_relationship,
    load_relationship_and_outgoing,
    relationship_after_removal,
)
from hubbub.platform.counters import CountDelta, CountKind
from hubbub.platform.db import Tx, note_announcement, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce, rows_of
from hubbub.visibility import load_facts, may_see_account

MAX_FOLLOWS = 10_000


async def follow_account(tx: Tx, *, follower_id: int, followee_id: int) -> Relationship:
    """Follow, or ask to follow a private account. May be repeated.

    Raises NotYourself, TooManyFollows, and AccountNotFound also across a block either way.
    """
    if follower_id == followee_id:
        raise NotYourself(str(follower_id))
    await lock_follower(tx, follower_id=follower_id, followee_id=followee_id)
    facts = await require_visible(tx, viewer_id=follower_id, account_id=followee_id)
    relation = facts.relation(followee_id)
    if relation.blocks:
        raise AccountNotFound("blocked by the follower")
    now, outgoing = await load_relationship_and_outgoing(
        tx, viewer_id=follower_id, account_id=followee_id, at_most=MAX_FOLLOWS
    )
    pair = Pair(follower_id, followee_id)
    if now.following or (now.requested and facts.accounts[followee_id].is_private):
        return now
    # A request may be left from when the account was private; it counts among what is outgoing.
    if not now.requested and outgoing >= MAX_FOLLOWS:
        raise TooManyFollows(str(follower_id))
    if facts.accounts[followee_id].is_private:
        await _ask(tx, pair)
        return replace(now, requested=True)
    await _follow(tx, pair)
    return replace(now, following=True, requested=False)


async def unfollow_account(tx: Tx, *, follower_id: int, followee_id: int) -> Relationship:
    """Take back the follow or the request. May be repeated. Raises AccountNotFound."""
    pair = Pair(follower_id, followee_id)
    await lock_pairs(tx, [pair])
    has_removed = await _take_back(tx, pair)
    return await relationship_after_removal(
        tx, viewer_id=follower_id, account_id=followee_id, has_removed=has_removed
    )


async def remove_follower(tx: Tx, *, account_id: int, follower_id: int) -> Relationship:
    """End the other's follow of the account, without a block. May be repeated. Raises AccountNotFound."""
    pair = Pair(follower_id, account_id)
    await lock_pairs(tx, [pair])
    removed = await cut_follows(tx, [pair])
    return await relationship_after_removal(
        tx, viewer_id=account_id, account_id=follower_id, has_removed=bool(removed)
    )


async def accept_follow_request(tx: Tx, *, account_id: int, requester_id: int) -> Relationship:
    """Let the requester follow; of who follows already nothing changes. Raises FollowRequestNotFound."""
    pair = Pair(requester_id, account_id)
    await lock_pairs(tx, [pair])
    facts = await load_facts(tx, viewer_id=account_id, account_ids=[requester_id])
    if not may_see_account(facts, requester_id):
        raise FollowRequestNotFound("hidden")
    accepted = await accept_pairs(tx, [pair])
    if not accepted and not facts.relation(requester_id).followed_by:
        raise FollowRequestNotFound(str(requester_id))
    return await load_relationship(tx, viewer_id=account_id, account_id=requester_id)


async def reject_follow_request(tx: Tx, *, account_id: int, requester_id: int) -> Relationship:
    """Remove the request; the requester is not told and may ask again. Raises FollowRequestNotFound."""
    pair = Pair(requester_id, account_id)
    await lock_pairs(tx, [pair])
    if not await cut_requests(tx, [pair]):
        raise FollowRequestNotFound(str(requester_id))
    return await load_relationship(tx, viewer_id=account_id, account_id=requester_id)


async def accept_pairs(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    """Turn those requests that exist into follows. The caller holds the pairs."""
    asked = await queries.delete_requests(tx, pairs)
    made = await _insert_accepted(tx, asked)
    await announce(tx, *(FollowAccepted(follower_id=p.follower_id, followee_id=p.followee_id) for p in made))
    return asked


async def cut_follows(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    """Delete those follows that exist, with their counts and events; which they were."""
    removed = await queries.delete_follows(tx, pairs)
    await count_cut(tx, removed)
    return removed


async def count_cut(tx: Tx, removed: Sequence[Pair]) -> None:
    """Counts and events of follows that this transaction has deleted."""
    events = [AccountUnfollowed(follower_id=p.follower_id, followee_id=p.followee_id) for p in removed]
    await announce(tx, *events, counts=_deltas(removed, -1))
    _note_follows(removed)


async def cut_requests(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    removed = await queries.delete_requests(tx, pairs)
    await announce(
        tx, *(FollowRequestRemoved(follower_id=p.follower_id, followee_id=p.followee_id) for p in removed)
    )
    note_pairs(removed)
    return removed


async def _follow(tx: Tx, pair: Pair) -> None:
    announced = rows_of(AccountFollowed(follower_id=pair.follower_id, followee_id=pair.followee_id))
    if await queries.insert_follow(tx, pair, id_=new_id(), announced=announced):
        note_announcement(announced.consumers)
        _note_counts(pair)
        _note_follows([pair])


async def _take_back(tx: Tx, pair: Pair) -> bool:
    of_follow = AccountUnfollowed(follower_id=pair.follower_id, followee_id=pair.followee_id)
    of_request = FollowRequestRemoved(follower_id=pair.follower_id, followee_id=pair.followee_id)
    announced = rows_of(of_follow, of_request)
    are_of_follow = [event is of_follow for event in (of_follow, of_request) for _ in event.consumers]
    was_following, was_requested = await queries.delete_follow_or_request(
        tx, pair, announced=announced, are_of_follow=are_of_follow
    )
    if was_following:
        _note_counts(pair)
        _note_follows([pair])
    if was_requested:
        note_pairs([pair])
    if was_following or was_requested:
        note_announcement(announced.consumers)
    return was_following or was_requested


async def _ask(tx: Tx, pair: Pair) -> None:
    await queries.insert_request(tx, follower_id=pair.follower_id, followee_id=pair.followee_id, id_=new_id())
    await announce(tx, FollowRequested(follower_id=pair.follower_id, followee_id=pair.followee_id))
    note_pairs([pair])


async def _insert_accepted(tx: Tx, pairs: Sequence[Pair]) -> list[Pair]:
    if not pairs:
        return []
    made = await queries.insert_follows(tx, pairs=pairs, ids=[new_id() for _ in pairs])
    events = [
        AccountFollowed(follower_id=p.follower_id, followee_id=p.followee_id, is_accepted=True) for p in made
    ]
    await announce(tx, *events, counts=_deltas(made, 1))
    _note_follows(made)
    return made


def _note_follows(pairs: Sequence[Pair]) -> None:
    note_pairs(pairs)
    note_change("home", *{pair.follower_id for pair in pairs})


def _note_counts(pair: Pair) -> None:
    note_change("counts", *pair)


def _deltas(pairs: Sequence[Pair], delta: int) -> list[CountDelta]:
    return [
        one
        for pair in pairs
        for one in (
            (pair.follower_id, CountKind.FOLLOWING, delta),
            (pair.followee_id, CountKind.FOLLOWERS, delta),
        )
    ]
