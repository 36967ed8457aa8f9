"""What the stream does when others announce, in the worker."""

from collections.abc import Sequence
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services
from hubbub.stream import queries
from hubbub.stream.presence import forget_seen


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("record", partial(purge_preferences, services))


async def purge_preferences(services: Services, tx: Tx, events: Sequence[AccountPurged]) -> None:
    """And when the account was last seen."""
    account_ids = sorted({event.account_id for event in events})
    await queries.delete_preferences(tx, account_ids)
    await forget_seen(services.valkey, account_ids)
