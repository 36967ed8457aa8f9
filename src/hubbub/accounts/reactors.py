"""What accounts do about their own events, in the worker."""

from collections.abc import Sequence

from hubbub.accounts.cards import AccountCache
from hubbub.accounts.events import AccountChanged, AccountPurged, AccountStateChanged
from hubbub.accounts.queries import update_to_blank
from hubbub.errors import Unavailable
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services
from hubbub.platform.valkey import ValkeyUnavailable


def register(reactions: Reactions, services: Services) -> None:
    cache = services.part(AccountCache)

    async def forget_cards(
        tx: Tx, events: Sequence[AccountChanged | AccountStateChanged | AccountPurged]
    ) -> None:
        await drop_cards(cache, {event.account_id for event in events})

    reactions.on("deliver", forget_cards)
    reactions.on("record", blank_purged)


async def drop_cards(cache: AccountCache, account_ids: set[int]) -> None:
    """Again, for a process that died between its commit and its call of `refresh_account`."""
    try:
        for account_id in account_ids:
            await cache.forget(account_id)
    except ValkeyUnavailable as error:
        raise Unavailable(str(error)) from error


async def blank_purged(tx: Tx, events: Sequence[AccountPurged]) -> None:
    """The row stays without what was written in it, since ids and handles are never given twice."""
    for event in events:
        await update_to_blank(tx, event.account_id)
