"""What accounts do about their own events, in the worker."""

from collections.abc import Sequence

from hubbub.accounts.events import AccountChanged, AccountPurged, AccountStateChanged
from hubbub.accounts.queries import update_to_blank
from hubbub.platform.db import Tx, note_change
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services


def register(reactions: Reactions, services: Services) -> None:
    async def forget_cards(
        tx: Tx, events: Sequence[AccountChanged | AccountStateChanged | AccountPurged]
    ) -> None:
        """Again, for a process that died between its commit and saying so."""
        await services.changes.spread_again({"account": {event.account_id for event in events}})

    reactions.on("deliver", forget_cards)
    reactions.on("record", blank_purged)


async def blank_purged(tx: Tx, events: Sequence[AccountPurged]) -> None:
    """The row stays without what was written in it, since ids and handles are never given twice."""
    for event in events:
        await update_to_blank(tx, event.account_id)
        note_change("account", event.account_id)
