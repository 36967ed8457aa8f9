"""Whatever is done to two people is done one after the other, by locks that end with the transaction."""

from collections.abc import Iterable
from hashlib import blake2b

from hubbub.accounts import AccountNotFound
from hubbub.graph import queries
from hubbub.graph.errors import NotYourself
from hubbub.platform.db import Tx, note_change
from hubbub.visibility import Facts, load_facts, may_see_account


async def lock_pairs(tx: Tx, pairs: Iterable[tuple[int, int]]) -> None:
    """Hold the unordered pairs. All locks of many pairs are taken in one order, so nobody waits in a ring."""
    await queries.lock_pairs(tx, sorted({_pair_key(one, other) for one, other in pairs}))


async def lock_follower(tx: Tx, *, follower_id: int, followee_id: int) -> None:
    """Hold the pair, and before it all that the follower follows, so that their number can be bounded."""
    keys = [_key(b"outgoing", follower_id), _pair_key(follower_id, followee_id)]
    await queries.lock_pairs(tx, keys)


async def lock_other(tx: Tx, *, account_id: int, other_id: int) -> Facts:
    """Hold the pair and load what the account may know of the other. Raises NotYourself, AccountNotFound."""
    if account_id == other_id:
        raise NotYourself(str(account_id))
    await lock_pairs(tx, [(account_id, other_id)])
    return await require_visible(tx, viewer_id=account_id, account_id=other_id)


async def require_visible(tx: Tx, *, viewer_id: int, account_id: int) -> Facts:
    """Raises AccountNotFound alike for who is missing and who is hidden from the viewer."""
    facts = await load_facts(tx, viewer_id=viewer_id, account_ids=[account_id])
    if not may_see_account(facts, account_id):
        raise AccountNotFound(str(account_id))
    return facts


def note_pairs(pairs: Iterable[tuple[int, int]]) -> None:
    """How these stand to each other has changed, for both."""
    note_change("relations", *(person for pair in pairs for person in pair))


def _pair_key(one: int, other: int) -> int:
    return _key(b"pair", min(one, other), max(one, other))


def _key(kind: bytes, *ids: int) -> int:
    digest = blake2b(b"%s:%s" % (kind, b":".join(b"%d" % id_ for id_ in ids)), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
