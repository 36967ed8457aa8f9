"""What the graph does when others announce, in the worker; a bounded number of edges in a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from hubbub.accounts import AccountChanged, AccountPurged, load_accounts
from hubbub.graph import queries
from hubbub.graph.events import AccountBlocked, EdgesLeft, RequestsLeft
from hubbub.graph.queries import Pair
from hubbub.graph.service import accept_pairs, count_cut, cut_across_blocks, lock_pairs
from hubbub.platform.counters import delete_counts
from hubbub.platform.db import Database, Tx, note_change
from hubbub.platform.outbox import Periodic, Reactions, announce
from hubbub.platform.paging import Window
from hubbub.platform.services import Services

BATCH = 500


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("record", cut_again)
    reactions.on("record", accept_pending)
    reactions.on("record", delete_edges)
    reactions.every(Periodic("delete expired mutes", 3600.0, delete_expired_mutes))


async def cut_again(tx: Tx, events: Sequence[AccountBlocked]) -> None:
    await cut_across_blocks(tx, [(event.blocker_id, event.blocked_id) for event in events])


async def accept_pending(tx: Tx, events: Sequence[AccountChanged | RequestsLeft]) -> None:
    """Who has asked an account that is public now follows it, as everybody may."""
    opened = [event.account_id for event in events if isinstance(event, RequestsLeft) or event.has_opened]
    for account in (await load_accounts(tx, opened)).values():
        if account.is_private or not account.is_active:
            continue
        asking = await queries.select_requesters(tx, account_id=account.id, window=Window(limit=BATCH))
        pairs = [Pair(edge.account_id, account.id) for edge in asking]
        await lock_pairs(tx, pairs)
        await accept_pairs(tx, pairs)
        if len(asking) == BATCH:
            await announce(tx, RequestsLeft(account_id=account.id))


async def delete_edges(tx: Tx, events: Sequence[AccountPurged | EdgesLeft]) -> None:
    """Nobody follows, asks, blocks or mutes a purged account any more; others' counts say so at once."""
    for account_id in {event.account_id for event in events}:
        cut = await queries.delete_follows_of(tx, account_id=account_id, at_most=BATCH)
        await count_cut(tx, cut)
        others = [
            await queries.delete_requests_of(tx, account_id=account_id, at_most=BATCH),
            await queries.delete_blocks_of(tx, account_id=account_id, at_most=BATCH),
            await queries.delete_mutes_of(tx, account_id=account_id, at_most=BATCH),
        ]
        note_change("relations", account_id)
        if max(len(cut), *others) >= BATCH:
            await announce(tx, EdgesLeft(account_id=account_id))
        else:
            await delete_counts(tx, [account_id])


async def delete_expired_mutes(db: Database) -> None:
    at = datetime.now(UTC)
    while await db.write(partial(queries.delete_expired_mutes, at=at, at_most=BATCH)) == BATCH:
        pass
