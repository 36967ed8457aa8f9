"""Votes in polls: one of each account, for one or more options, and final."""

from collections.abc import Collection, Mapping

from hubbub.platform.counters import OPTION_KINDS, CountKind, add_counts
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.reactions import vote_queries as queries

VOTE = 256
"""Above all kinds of reactions: added to a vote's packed choices where it stands among them."""


async def vote(tx: Tx, *, post_id: int, account_id: int, choices: Collection[int]) -> tuple[int, ...]:
    """Vote in the poll of a post that the caller knows to be visible; return for what the account voted.

    That is what it chose first, and differs from `choices` when it has voted for something else before.
    Nothing is written after the first statement, which is whole by itself.
    """
    packed = sum(1 << choice for choice in set(choices))
    is_new = await queries.insert_vote(
        tx,
        post_id=post_id,
        account_id=account_id,
        choices=packed,
        id_=new_id(),
        count_kinds=_counted(packed),
    )
    # Who votes again may do so because the process that wrote the vote died before it could tell.
    note_change("reactions", account_id)
    if is_new:
        note_change("counts", post_id)
        return unpack_choices(packed)
    return await find_vote(tx, post_id=post_id, account_id=account_id)


async def find_vote(tx: Tx, *, post_id: int, account_id: int) -> tuple[int, ...]:
    """For what the account has voted; nothing when it has not."""
    return unpack_choices(await queries.select_vote(tx, post_id=post_id, account_id=account_id))


async def list_voters(tx: Tx, after: Mapping[int, int], *, limit: int) -> dict[int, list[int]]:
    """By post the next accounts that voted, in the order of their ids; for the worker, and not to be shown.

    `after` names the posts, each with the account that the ones before ended with; posts without any more
    are left out.
    """
    return await queries.select_voters(tx, post_ids=list(after), after=list(after.values()), limit=limit)


async def delete_votes_of_account(tx: Tx, *, account_id: int, limit: int) -> int:
    """Take back one batch of an account's votes, with their share of the counts; how many there were."""
    gone = await queries.delete_some_votes(tx, account_id=account_id, limit=limit)
    await add_counts(tx, [(post_id, kind, -1) for post_id, packed in gone for kind in _counted(packed)])
    return len(gone)


def unpack_choices(packed: int) -> tuple[int, ...]:
    """From bits to places of options."""
    return tuple(place for place in range(len(OPTION_KINDS)) if packed & 1 << place)


def _counted(packed: int) -> list[CountKind]:
    return [CountKind.VOTERS, *(OPTION_KINDS[place] for place in unpack_choices(packed))]
