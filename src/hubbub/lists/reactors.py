"""What lists do when others announce, in the worker; a bounded number of rows in a transaction."""

from collections.abc import Sequence
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.graph import AccountUnfollowed
from hubbub.lists import queries
from hubbub.lists.events import ExclusiveListsChanged, ListRemnantsLeft
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions, announce
from hubbub.platform.services import Services

BATCH = 500


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("deliver", partial(change_homes_again, services))
    reactions.on("deliver", remove_lapsed_members)
    reactions.on("record", purge_lists)


async def change_homes_again(services: Services, tx: Tx, events: Sequence[ExclusiveListsChanged]) -> None:
    """For when the process that made the change could not reach Valkey, or died."""
    owners = {event.owner_id for event in events}
    await services.changes.spread_again({"relations": owners, "home": owners})


async def remove_lapsed_members(tx: Tx, events: Sequence[AccountUnfollowed]) -> None:
    """Whoever is not followed any more is not on the lists any more; nobody was shown there since."""
    await queries.delete_lapsed_members(tx, sorted({(e.follower_id, e.followee_id) for e in events}))


async def purge_lists(tx: Tx, events: Sequence[AccountPurged | ListRemnantsLeft]) -> None:
    """A purged account has no lists and is on none."""
    for account_id in sorted({event.account_id for event in events}):
        if await queries.delete_some_memberships_of(tx, account_id=account_id, at_most=BATCH) >= BATCH:
            await announce(tx, ListRemnantsLeft(account_id=account_id))
        else:
            await queries.delete_lists_of(tx, account_id=account_id)
