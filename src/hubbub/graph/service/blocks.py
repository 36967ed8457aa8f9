from collections.abc import Sequence

from hubbub.graph import queries
from hubbub.graph.events import AccountBlocked, AccountUnblocked
from hubbub.graph.queries import Pair
from hubbub.graph.service.follows import cut_follows, cut_requests
from hubbub.graph.service.locks import lock_other, lock_pairs, note_pairs
from hubbub.graph.service.relations import Relationship, load_relationship, relationship_after_removal
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce


async def block_account(tx: Tx, *, blocker_id: int, blocked_id: int) -> Relationship:
    """Block, and end follows and requests both ways. May be repeated. Raises NotYourself, AccountNotFound."""
    await lock_other(tx, account_id=blocker_id, other_id=blocked_id)
    if await queries.insert_block(tx, blocker_id=blocker_id, blocked_id=blocked_id, id_=new_id()):
        await _cut(tx, [(blocker_id, blocked_id)])
        await announce(tx, AccountBlocked(blocker_id=blocker_id, blocked_id=blocked_id))
        _note_block(blocker_id, blocked_id)
    return await load_relationship(tx, viewer_id=blocker_id, account_id=blocked_id)


async def unblock_account(tx: Tx, *, blocker_id: int, blocked_id: int) -> Relationship:
    """End the block; follows do not come back. May be repeated. Raises AccountNotFound."""
    await lock_pairs(tx, [(blocker_id, blocked_id)])
    has_removed = await queries.delete_block(tx, blocker_id=blocker_id, blocked_id=blocked_id)
    if has_removed:
        await announce(tx, AccountUnblocked(blocker_id=blocker_id, blocked_id=blocked_id))
        _note_block(blocker_id, blocked_id)
    return await relationship_after_removal(
        tx, viewer_id=blocker_id, account_id=blocked_id, has_removed=has_removed
    )


async def cut_across_blocks(tx: Tx, pairs: Sequence[tuple[int, int]]) -> None:
    """End whatever stands across those (blocker_id, blocked_id) that are still blocks.

    The locks of the verbs make this needless on one server. Where locks do not reach across servers
    it is what makes sure that no relation survives a block.
    """
    await lock_pairs(tx, pairs)
    await _cut(tx, sorted(await queries.select_blocked_pairs(tx, pairs)))


def _note_block(blocker_id: int, blocked_id: int) -> None:
    note_pairs([(blocker_id, blocked_id)])
    note_change("home", blocker_id, blocked_id)


async def _cut(tx: Tx, pairs: Sequence[tuple[int, int]]) -> None:
    both_ways = [Pair(*pair) for one, other in pairs for pair in ((one, other), (other, one))]
    if both_ways:
        await cut_follows(tx, both_ways)
        await cut_requests(tx, both_ways)
