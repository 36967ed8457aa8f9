"""Followers and requests, for whoever brings people something: not yet filtered by what they may see."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hubbub.graph import queries
from hubbub.graph.queries import FollowerSlice
from hubbub.platform.db import Tx


async def load_follower_slices(
    tx: Tx, starts: Sequence[tuple[int, int]], *, limit: int
) -> list[FollowerSlice]:
    """For each (account, before) the next followers, latest follow first; one statement.

    A slice that is shorter than the limit is the last one. Follows made since the first slice are not met.
    """
    found = await queries.select_follower_slices(
        tx,
        followee_ids=[account_id for account_id, _ in starts],
        before=[before for _, before in starts],
        limit=limit,
    )
    return [found.get(number, FollowerSlice([], before)) for number, (_, before) in enumerate(starts)]


async def load_followers_among(tx: Tx, *, account_id: int, account_ids: Sequence[int]) -> list[int]:
    """Those of the given accounts that follow the account."""
    return await queries.select_followers_among(tx, followee_id=account_id, account_ids=account_ids)


async def load_muters_among(
    tx: Tx, *, account_id: int, account_ids: Sequence[int], scopes: Sequence[str]
) -> set[int]:
    """Those of the given accounts that mute the account, in one of the scopes."""
    return await queries.select_muters_among(
        tx, muted_id=account_id, account_ids=account_ids, scopes=scopes, at=datetime.now(UTC)
    )


async def load_requests_among(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those (requester, followee) between whom a request is pending; one statement however many."""
    found = await queries.select_requests_among(tx, pairs) if pairs else []
    return {(pair.follower_id, pair.followee_id) for pair in found}
